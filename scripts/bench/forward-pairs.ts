import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { Child, runChild } from '../../test/support/child.ts';
import { PYTHON } from '../../test/support/python.ts';
import { findOption, type PackagedOptions, programFile, startPackagedReceiver, timeoutMs } from './support.ts';

const scripts = import.meta.dirname;

/** The pictures that are forwarded, and how. */
export interface Load {
  /** Of JPEGs, sent over and over in the order of their names. */
  readonly folder: string;
  readonly frames: number;
  /** Seconds from frame to frame; 0: as fast as it goes. */
  readonly intervalS: number;
}

/** A sender and its receiver, both at work; `end` waits for all frames to have arrived. */
export interface Pair {
  readonly sender: Child;
  readonly receiver: Child;
  /** Gives frames per second, by the receiver's clock. */
  end(): Promise<number>;
}

/** imageZMQ's pattern: each picture is sent from memory and answered before the next. */
export async function startRequestReply({ folder, frames, intervalS }: Load): Promise<Pair> {
  const receiver = startScript('zmq_hub.py', [frames]);
  const [, port = ''] = await receiver.waitForLine('stdout', /^listening (\d+)$/, timeoutMs);
  const sender = startScript('zmq_client.py', [port, frames, intervalS, folder]);
  const end = async () => {
    const [line] = await receiver.waitForLine('stdout', /^\{.*\}$/, timeoutMs);
    await Promise.all([sender.stop(), receiver.stop()]);
    return frames / (JSON.parse(line) as { seconds: number }).seconds;
  };
  return { sender, receiver, end };
}

/** Our sender with the pictures in memory, as they are in the other pair, and the packaged receiver. */
export async function startMemoryPair({ folder, frames }: Load): Promise<Pair> {
  const { receiver, port } = await startPackagedReceiver(['--quiet']);
  const sender = new Child(process.execPath, [join(scripts, 'memory-sender.ts'), port, `${frames}`, folder]);
  return { sender, receiver, end: () => endOurs(receiver, frames) };
}

/** Both packaged, every picture from another program by a pipe: that program needs a part of a core, too. */
export async function startPipePair(load: Load, options: PackagedOptions = {}): Promise<Pair> {
  const { receiver, port } = await startPackagedReceiver(['--quiet'], { folder: options.folder });
  const deliver = await findOption(['image-sender', 'pipe'], ['deliver', 'send'], options.folder);
  const sender = startPipe(load, ['--port', port, deliver, 'every'], options);
  return { sender, receiver, end: () => endOurs(receiver, load.frames) };
}

/** A packaged sender of the pictures that another program writes into its pipe. Its errors have that program's lines, too. */
export function startPipe(
  { folder, frames, intervalS }: Load,
  args: readonly string[],
  options: PackagedOptions,
): Child {
  const feeder = [PYTHON, '-B', join(scripts, 'feeder.py'), `${frames}`, `${intervalS}`, folder];
  const command = [programFile('image-sender', options.folder), 'pipe', ...args];
  // The sender takes the shell's place, so that its process is the one that is watched.
  const line = `exec "\${@:${feeder.length + 1}}" < <("\${@:1:${feeder.length}}")`;
  return new Child('bash', ['-c', line, 'bash', ...feeder, ...command], options);
}

async function endOurs(receiver: Child, frames: number): Promise<number> {
  const line = new RegExp(`left after ${frames} frames \\(.* ([\\d.]+) fps\\)`);
  const [, fps] = await receiver.waitForLine('stderr', line, timeoutMs);
  await receiver.stop();
  return Number(fps);
}

/** Bytes per second of iperf3 over loopback, one stream, as its receiver counts them. */
export async function timeIperf(args: readonly string[] = []): Promise<number> {
  const port = `${await findFreePort()}`;
  await using server = new Child('iperf3', ['-s', '-1', '-p', port, '--forceflush']);
  await server.waitForLine('stdout', /Server listening/, timeoutMs);
  const client = ['-c', '127.0.0.1', '-p', port, '-t', '3', '-J', ...args];
  const { stdout } = await runChild('iperf3', client, timeoutMs);
  const { end } = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 8;
}

function startScript(name: string, args: readonly (string | number)[]): Child {
  return new Child(PYTHON, ['-B', '-u', join(scripts, name), ...args.map(String)]);
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('A server has no port');
  return address.port;
}
