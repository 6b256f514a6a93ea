// The main job, seen to work: builds this machine's package, then runs a receiver and a sender for some seconds.
import './no-multicast.ts';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { projectRoot } from './native/project.ts';

const seconds = 8;
const readyTimeoutMs = 30_000;

interface Line {
  readonly latencyMs: number;
  readonly receivedAt: string;
  readonly width: number;
  readonly height: number;
}

function say(line: string): void {
  process.stderr.write(`demo: ${line}\n`);
}

function build(): void {
  const args = ['scripts/build.ts', '--no-archives', '--target', `linux-${process.arch}`];
  const { status } = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed, see above');
}

/** The value at that share of the way through sorted values. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

async function run(): Promise<void> {
  build();
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-demo-'));
  const programs = join(projectRoot, 'dist', `linux-${process.arch}`);
  const hasDisplay = Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
  const show = hasDisplay ? ['--show'] : [];
  const receiver = spawn(join(programs, 'image-receiver'), ['--port', '0', '--json', '--save', folder, ...show], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const frames: Line[] = [];
  createInterface({ input: receiver.stdout }).on('line', (line) => frames.push(JSON.parse(line) as Line));
  const port = await new Promise<string>((settle, reject) => {
    const timer = setTimeout(() => reject(new Error('the receiver was not ready within 30 s')), readyTimeoutMs);
    receiver.once('exit', (code) => reject(new Error(`the receiver ended with ${code}, see above`)));
    createInterface({ input: receiver.stderr }).on('line', (line) => {
      process.stderr.write(`${line}\n`);
      const found = /listening on [^ ]*:(\d+)/.exec(line)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      settle(found);
    });
  });
  const file = process.argv[2];
  // npm starts this in the project's folder, wherever it was called.
  const source = file === undefined ? ['pattern'] : ['video', resolve(process.env['INIT_CWD'] ?? '.', file)];
  const sender = spawn(join(programs, 'image-sender'), [...source, '--port', port], { stdio: 'inherit' });
  const senderEnd = new Promise<number | null>((settle) => sender.once('exit', settle));
  const timer = setTimeout(() => sender.kill('SIGTERM'), seconds * 1000);
  const code = await senderEnd;
  clearTimeout(timer);
  receiver.kill('SIGTERM');
  await new Promise((settle) => receiver.once('exit', settle));
  if (code !== 0 || frames.length === 0)
    throw new Error(`the sender ended with ${code} and ${frames.length} frames came`);
  await report(folder, frames);
}

async function report(folder: string, frames: readonly Line[]): Promise<void> {
  const first = frames[0] as Line;
  const last = frames.at(-1) as Line;
  const elapsed = (Date.parse(last.receivedAt) - Date.parse(first.receivedAt)) / 1000;
  const latency = frames.map((frame) => frame.latencyMs).sort((a, b) => a - b);
  const saved = (await readdir(folder)).length;
  say(`${frames.length} frames of ${first.width}x${first.height}, ${((frames.length - 1) / elapsed).toFixed(1)} fps`);
  say(`latency p50 ${percentile(latency, 0.5).toFixed(1)} ms, p99 ${percentile(latency, 0.99).toFixed(1)} ms`);
  say(`${saved} pictures are in ${folder}`);
}

try {
  await run();
} catch (error) {
  say(`failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
