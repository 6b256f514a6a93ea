import { Buffer } from 'node:buffer';
import { NODE_VERSION } from '../native/node.ts';
import type { Target } from '../native/recipe.ts';

/** Instructions of Node in hex, which are found in one place of it, and what is put there. */
interface Change {
  /** The function that they are in. */
  readonly where: string;
  readonly old: string;
  readonly new: string;
}

/** SIGKILL and SIGSTOP, whose meaning nobody can change. */
const fixed = (1 << 9) | (1 << 19);
/** With SIGHUP, SIGINT and SIGQUIT, which `nohup` and shells have programs ignore. */
const kept = fixed | (1 << 1) | (1 << 2) | (1 << 3);

/** Loads a number with a bit for each signal that is left alone. */
const loads: Readonly<Record<Target, (signals: number) => string>> = {
  // xor %eax,%eax; mov %rsp,%rbp; push %r12; mov SIGNALS,%r12d; push %rbx
  'linux-x64': (signals) => `31c04889e5415441bc${toHex(signals)}53`,
  // mov x20, LOW; mov w19, 1; stp x21, x22, [sp, 32]; mov x21, 8192; movk x20, HIGH, lsl 16
  'linux-arm64': (signals) => {
    const low = toHex(0xd2800014 + ((signals & 0xffff) << 5));
    const high = toHex(0xf2a00014 + ((signals >>> 16) << 5));
    return `${low}33008052f55b02a9150084d2${high}`;
  },
};

/** Registers the handler of a signal that ends Node. */
const calls: Readonly<Record<Target, (signal: number) => string>> = {
  // mov 1,%edx; mov SignalExit,%esi; mov SIGNAL,%edi; call RegisterSignalHandler
  'linux-x64': (signal) => `ba01000000be90b08c00bf${toHex(signal)}e859b0ffff`,
  // mov x1, SignalExit; mov w2, 1; mov w0, SIGNAL; bl RegisterSignalHandler
  'linux-arm64': (signal) => `e10313aa22008052${toHex(0x52800000 + (signal << 5))}a2efff97`,
};

/**
 * At its start Node gives ignored signals their default meaning back: under `nohup` SIGHUP would end the program even so, and Ctrl-C a
 * script's background jobs. No setting keeps it from that, and afterwards nobody can tell what was ignored. So two numbers in its code
 * are changed. Throws where that is not the code that is known.
 */
export function keepIgnoredSignals(node: Buffer, target: Target): void {
  const [load, call] = [loads[target], calls[target]];
  apply(node, target, { where: 'node::ResetSignalHandlers', old: load(fixed), new: load(kept) });
  // In place of SIGINT that of SIGTERM, which comes next: once more is no matter.
  apply(node, target, { where: 'node::InitializeOncePerProcessInternal', old: call(2), new: call(15) });
}

function apply(node: Buffer, target: Target, change: Change): void {
  const old = Buffer.from(change.old, 'hex');
  const offset = node.indexOf(old);
  if (offset < 0 || node.indexOf(old, offset + 1) >= 0) {
    throw new Error(
      `Node ${NODE_VERSION} for ${target} sets signals up in another way than is known: disassemble ${change.where}`,
    );
  }
  node.write(change.new, offset, 'hex');
}

/** 32 bits, the lowest first. */
function toHex(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes.toString('hex');
}
