import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../../../test/support/child.ts';
import { PYTHON } from '../../../test/support/python.ts';
import {
  findOption,
  type PackagedOptions,
  programFile,
  startPackaged,
  startPackagedReceiver,
  timeoutMs,
} from '../support.ts';
import { type Load, limitMs, makePair, type Pair } from './pair.ts';

const peers = join(import.meta.dirname, '../peers');

/** Repeats of the file that `cat` writes: more than any machine forwards before its time is over. */
const catRepeats = 3000;
/** Until a packaged program has started on a busy machine: a program that writes to it goes on for so much longer. */
const startS = 60;

/** Our sender with the pictures in memory, and the packaged receiver. */
export async function startMemoryPair(load: Load): Promise<Pair> {
  const { receiver, port } = await startPackagedReceiver(['--quiet']);
  return makeOwnPair(startMemorySender(load, { port }), receiver, () => readRate(receiver, load));
}

export function startMemorySender(
  { source, seconds, intervalS }: Load,
  { port, wire = 'auto', delivery = 'every' }: { port: string; wire?: string; delivery?: string },
): Child {
  const args = [port, `${seconds}`, `${intervalS}`, source, wire, delivery];
  return new Child(process.execPath, [join(peers, 'memory-sender.ts'), ...args]);
}

/** Both packaged, every picture from another program by a pipe: that program needs a part of a core, too. */
export async function startPipePair(load: Load, options: PackagedOptions = {}): Promise<Pair> {
  const { receiver, port } = await startPackagedReceiver(['--quiet'], options);
  const deliver = await findOption(['image-sender', 'pipe'], ['deliver', 'send'], options.folder);
  return makeTimedPair(startPipe(load, ['--port', port, deliver, 'every'], options), receiver, load);
}

/** The same, with `cat` as the program that writes. @param file JPEGs back to back */
export async function startCatPair(file: string, load: Load): Promise<Pair> {
  const { receiver, port } = await startPackagedReceiver(['--quiet']);
  const cat = ['cat', ...new Array<string>(catRepeats).fill(file)];
  return makeTimedPair(startFed(cat, ['--port', port, '--deliver', 'every'], {}), receiver, load);
}

/** A packaged sender of the pictures that another program writes into its pipe. Its errors have that program's lines, too. */
export function startPipe(
  { source, seconds, intervalS, warmUpS = 0 }: Load,
  args: readonly string[],
  options: PackagedOptions,
): Child {
  const limitS = `${seconds + startS}`;
  return startFed(
    [PYTHON, '-B', join(peers, 'feeder.py'), limitS, `${intervalS}`, `${warmUpS}`, source],
    args,
    options,
  );
}

function startFed(feeder: readonly string[], args: readonly string[], options: PackagedOptions): Child {
  const command = [programFile('image-sender', options.folder), 'pipe', ...args];
  // The sender takes the shell's place, so that its process is the one that is watched.
  const line = `exec "\${@:${feeder.length + 1}}" < <("\${@:1:${feeder.length}}")`;
  return new Child('bash', ['-c', line, 'bash', ...feeder, ...command], options);
}

/** A video file at full speed on a wire, over and over, decoded by the receiver. */
export async function startVideoPair(load: Load, wire: 'classic' | '2'): Promise<Pair> {
  const { receiver, port } = await startPackagedReceiver(['--decode', '--quiet']);
  const args = ['video', load.source, '--interval', '0', '--wire', wire, '--port', port];
  return makeTimedPair(startPackaged('image-sender', args), receiver, load);
}

/** Its sender has no end: it is stopped so many seconds after the first frame. */
function makeTimedPair(sender: Child, receiver: Child, load: Load): Pair {
  return makeOwnPair(sender, receiver, async () => {
    await waitForSender(receiver);
    await delay(load.seconds * 1000);
    sender.signal('SIGTERM');
    return await readRate(receiver, load);
  });
}

function makeOwnPair(sender: Child, receiver: Child, end: () => Promise<number>): Pair {
  return makePair({ sender, receiver, started: () => waitForSender(receiver), end });
}

/** Waits for the first frame of a sender. */
export async function waitForSender(receiver: Child): Promise<void> {
  await receiver.waitForLine('stderr', /sends pictures/, timeoutMs);
}

/** Frames per second, by the receiver's clock from the first frame until the sender has gone. */
export async function readRate(receiver: Child, load: Load): Promise<number> {
  const [, fps] = await receiver.waitForLine('stderr', /left after \d+ frames? .* ([\d.]+) fps/, limitMs(load));
  return Number(fps);
}
