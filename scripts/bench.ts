// Figures that the README and the notes quote. Ratios count, taken in one run by turns: machines are shared and noisy.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Child, runChild } from '../test/support/child.ts';
import { mediaFile } from '../test/support/media.ts';
import { startPython, startPythonServer } from '../test/support/python.ts';
import { projectRoot } from './native/project.ts';

const rounds = 7;
const timeoutMs = 120_000;
const helpRuns = 15;
const memoryFrames = 10_000;

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function packaged(program: string, args: readonly string[]): Child {
  return new Child(join(projectRoot, 'dist', `linux-${process.arch}`, program), args);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function startPackagedReceiver(args: readonly string[]): Promise<{ receiver: Child; port: string }> {
  const receiver = packaged('image-receiver', ['--port', '0', ...args]);
  const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, timeoutMs);
  return { receiver, port };
}

/** Frames per second of the Python pair, by its server's clock from the first frame to the last. */
async function timePython(file: string): Promise<number> {
  const { child: server, port } = await startPythonServer(['--once', '--quiet', '--summary']);
  const args = ['--port', `${port}`, '--interval', '0', '--once', '--quiet', '--summary', file];
  await using client = await startPython('classic_video_client.py', args);
  await client.wait(timeoutMs);
  await server.wait(timeoutMs);
  const { frames, seconds } = JSON.parse(server.lines('stdout').at(-1) ?? '{}') as { frames: number; seconds: number };
  return frames / seconds;
}

/** The same of our packaged pair, by its receiver's clock from the first frame until the sender has gone; both ends decode. */
async function timeOurs(file: string): Promise<number> {
  const { receiver, port } = await startPackagedReceiver(['--decode', '--quiet']);
  await using sender = packaged('image-sender', ['video', file, '--once', '--interval', '0', '--port', port]);
  await sender.wait(timeoutMs);
  const [, fps] = await receiver.waitForLine('stderr', /left after 600 frames .* ([\d.]+) fps/, timeoutMs);
  await receiver.stop();
  return Number(fps);
}

async function compareThroughput(): Promise<void> {
  say('720p H.264 file at full speed, resized to 480x315, both ends decoding, by turns');
  const file = await mediaFile('bench');
  const python: number[] = [];
  const ours: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    python.push(await timePython(file));
    ours.push(await timeOurs(file));
    const ratio = (ours.at(-1) ?? 0) / (python.at(-1) ?? 1);
    say(
      `  round ${round}: Python ${python.at(-1)?.toFixed(0)} fps, ours ${ours.at(-1)?.toFixed(0)} fps, ratio ${ratio.toFixed(2)}`,
    );
  }
  const ratios = ours.map((fps, i) => fps / (python[i] ?? Number.NaN));
  say(
    `  median: Python ${median(python).toFixed(0)} fps, ours ${median(ours).toFixed(0)} fps, ratio ${median(ratios).toFixed(2)}`,
  );
}

async function timeStart(): Promise<void> {
  for (const program of ['image-sender', 'image-receiver']) {
    const times: number[] = [];
    for (let i = 0; i < helpRuns; i++) {
      const startMs = performance.now();
      await runChild(join(projectRoot, 'dist', `linux-${process.arch}`, program), ['--help'], timeoutMs);
      times.push(performance.now() - startMs);
    }
    say(
      `start to --help, ${program}, packaged: median ${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms`,
    );
  }
}

/** Resident memory in MB. */
async function readMemory(child: Child): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

async function watchMemory(): Promise<void> {
  const { receiver, port } = await startPackagedReceiver(['--decode', '--json']);
  const args = [
    'video',
    await mediaFile('h264'),
    '--interval',
    '0',
    '--count',
    `${memoryFrames + 500}`,
    '--port',
    port,
  ];
  await using sender = packaged('image-sender', args);
  const samples: number[][] = [];
  for (const frames of [1000, memoryFrames]) {
    await receiver.waitForLine('stdout', new RegExp(`"number":${frames},`), timeoutMs);
    samples.push([await readMemory(sender), await readMemory(receiver)]);
  }
  await sender.stop();
  await receiver.stop();
  for (const [i, end] of ['sender', 'receiver'].entries()) {
    const [early = Number.NaN, late = Number.NaN] = samples.map((sample) => sample[i]);
    const growth = `${((late / early - 1) * 100).toFixed(1)} %`;
    say(
      `memory of the ${end}: ${early.toFixed(0)} MB after 1,000 frames, ${late.toFixed(0)} MB after 10,000 (${growth})`,
    );
  }
}

await runChild(
  process.execPath,
  [join(projectRoot, 'scripts/build.ts'), '--target', `linux-${process.arch}`],
  3_600_000,
);
await compareThroughput();
await timeStart();
await watchMemory();
