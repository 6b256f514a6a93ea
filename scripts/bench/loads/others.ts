import { join } from 'node:path';
import process from 'node:process';
import { Child, runChild } from '../../../test/support/child.ts';
import { findFreePort } from '../../../test/support/ports.ts';
import { PYTHON, startPython, startPythonServer } from '../../../test/support/python.ts';
import { installPackages } from '../../debian/install.ts';
import { timeoutMs } from '../support.ts';
import { type Load, limitMs, makePair, type Pair } from './pair.ts';

const peers = join(import.meta.dirname, '../peers');

/**
 * imageZMQ's patterns. `reply`: each picture is answered before the next is sent; `publish`: no answers, and a full
 * queue drops pictures. With `decode` each picture is decoded, before it is answered, as its examples do.
 */
export async function startZeroMq(
  pattern: 'reply' | 'publish',
  load: Load,
  { decode = false }: { decode?: boolean } = {},
): Promise<Pair> {
  await installPackages(['python3', 'python3-zmq', 'python3-opencv'], 'the bench of imageZMQ');
  const receiver = startScript('zmq_hub.py', [pattern, ...(decode ? ['decode'] : [])]);
  const [, port = ''] = await receiver.waitForLine('stdout', /^listening (\d+)$/, timeoutMs);
  const sender = startScript('zmq_sender.py', [pattern, port, load.seconds, load.intervalS, load.source]);
  const started = async () => {
    await receiver.waitForLine('stdout', /^first$/, timeoutMs);
  };
  const end = async () => {
    const [line] = await receiver.waitForLine('stdout', /^\{.*\}$/, limitMs(load));
    const { frames, seconds } = JSON.parse(line) as { frames: number; seconds: number };
    return frames / seconds;
  };
  return makePair({ sender, receiver, started, end });
}

/** Frames per second of the Python scripts: one run of a video file, by the server's clock from the first frame to the last. */
export async function timePythonScripts(file: string): Promise<number> {
  const { child: server, port } = await startPythonServer(['--once', '--quiet', '--summary']);
  await using _server = server;
  const args = ['--port', `${port}`, '--interval', '0', '--once', '--quiet', '--summary', file];
  await using client = await startPython('classic_video_client.py', args);
  await client.wait(timeoutMs);
  await server.wait(timeoutMs);
  const { frames, seconds } = JSON.parse(server.lines('stdout').at(-1) ?? '{}') as { frames: number; seconds: number };
  return frames / seconds;
}

/** Frames per second of a video without a network, on all cores: in Python, or with the code of our programs. */
export async function timeVideoLoop(language: 'Python' | 'ours', file: string, seconds: number): Promise<number> {
  if (language === 'Python') await installPackages(['python3', 'python3-opencv'], 'the bench of video');
  const command =
    language === 'Python'
      ? [PYTHON, '-B', join(peers, 'video_loop.py')]
      : [process.execPath, join(peers, 'video-loop.ts')];
  const [program = '', ...args] = [...command, file, `${seconds}`];
  const { stdout } = await runChild(program, args, seconds * 1000 + timeoutMs);
  return Number(stdout);
}

/** Bytes per second of iperf3 over loopback, one stream, as its receiver counts them. @param size of each write, such as `90K` */
export async function timeIperf(size: string, seconds: number): Promise<number> {
  await installPackages(['iperf3'], 'the bench of forwarding');
  const port = `${await findFreePort()}`;
  await using server = new Child('iperf3', ['-s', '-1', '-p', port, '--forceflush']);
  await server.waitForLine('stdout', /Server listening/, timeoutMs);
  // It counts whole seconds.
  const client = ['-c', '127.0.0.1', '-p', port, '-t', `${Math.ceil(seconds)}`, '-J', '-l', size];
  const { stdout } = await runChild('iperf3', client, seconds * 1000 + timeoutMs);
  const { end } = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 8;
}

function startScript(name: string, args: readonly (string | number)[]): Child {
  return new Child(PYTHON, ['-B', '-u', join(peers, name), ...args.map(String)]);
}
