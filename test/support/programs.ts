import { fileURLToPath } from 'node:url';
import { Child, type ChildOptions } from './child.ts';
import { findFreePort } from './ports.ts';
import { scaleMs } from './speed.ts';
import { newStateHome } from './state-home.ts';
import { until } from './until.ts';

/** The runtime of a program: Node or Deno for its source, none for its packaged binary. */
export type Runtime = 'node' | 'deno' | 'packaged';
export type ProgramName = 'image-sender' | 'image-receiver';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Milliseconds: generous, as machines are slow at times. */
export const soonMs = scaleMs(20_000);

/** The command that starts a program. */
export function programCommand(runtime: Runtime, program: ProgramName): string[] {
  switch (runtime) {
    case 'node':
      return [`${root}node_modules/.bin/node`, `${root}src/${program}.ts`];
    case 'deno':
      return [`${root}node_modules/.bin/deno`, 'run', '-A', '--quiet', `${root}src/${program}.ts`];
    case 'packaged':
      return [`${root}dist/linux-x64/${program}`];
  }
}

export interface ProgramOptions extends ChildOptions {
  /** A command that runs the program: it gets the program's own command as its last arguments. */
  readonly before?: readonly string[];
}

/** Starts a program and returns at once. */
export function startProgram(
  runtime: Runtime,
  program: ProgramName,
  args: readonly string[],
  options: ProgramOptions = {},
): Child {
  const [command, ...rest] = [...(options.before ?? []), ...programCommand(runtime, program), ...args];
  // A packaged program starts as it does for its users, without the compiled code that the tests keep.
  const own = runtime === 'packaged' ? { NODE_COMPILE_CACHE: undefined } : {};
  // A port is used again soon, and a receiver remembers the cameras of its port.
  const env = { ...own, XDG_STATE_HOME: newStateHome(), ...options.env };
  return new Child(command as string, rest, { ...options, env });
}

/** A receiver that listens, with the port it got. */
export async function startReceiver(
  runtime: Runtime,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<{ receiver: Child; port: number }> {
  const where = args.includes('--port') ? [] : ['--port', `${await findFreePort()}`];
  const receiver = startProgram(runtime, 'image-receiver', [...where, ...args], options);
  const [, port] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, soonMs);
  return { receiver, port: Number(port) };
}

/** Waits until a sender sends: one that was waiting may have begun before the receiver said that it listens. */
export function waitForSender(receiver: Child): Promise<void> {
  return until(() => receiver.lines('stderr').some((line) => line.includes('sends pictures')), 'a sender', soonMs);
}

/** The JSON objects that a receiver with --json has printed so far. */
export function readJsonLines(receiver: Child): JsonFrame[] {
  return receiver.lines('stdout').map((line) => JSON.parse(line) as JsonFrame);
}

export interface JsonFrame {
  address: string;
  name: string | null;
  stream: string | null;
  sequence: number;
  capturedAt: string;
  receivedAt: string;
  latencyMs: number;
  latencyErrorMs: number | null;
  clockOffsetMs: number | null;
  width: number;
  height: number;
  bytes: number;
}

/** The messages of a program while it works: without the tables at its end. */
export function readMessages(child: Child): string[] {
  return child.lines('stderr').filter((line) => /^image-(sender|receiver): /.test(line));
}
