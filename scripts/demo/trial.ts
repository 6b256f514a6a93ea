import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Child } from '../../test/support/child.ts';
import { newStateHome } from '../../test/support/state-home.ts';
import { projectRoot } from '../native/project.ts';

const seconds = 8;
const readyTimeoutMs = 30_000;
const endTimeoutMs = 60_000;

interface Line {
  readonly latencyMs: number;
  readonly receivedAt: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Runs the packaged receiver and sender for some seconds.
 * @param file a video to send; a test card where there is none
 * @returns lines about the frames that came
 * @throws Error where none came
 */
export async function tryPackages(file: string | undefined): Promise<string[]> {
  const programs = join(projectRoot, 'dist', `linux-${process.arch}`);
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-demo-'));
  const frames: Line[] = [];
  const start = (name: string, args: readonly string[], onLine: (line: string, stream: string) => void = pass) =>
    new Child(join(programs, name), args, { onLine, forgetsOutput: true, env: { XDG_STATE_HOME: newStateHome() } });
  const hasDisplay = Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
  const show = hasDisplay ? ['--show'] : [];
  const args = ['--port', '0', '--json', '--save', folder, ...show];
  await using receiver = start('image-receiver', args, (line, stream) => {
    if (stream === 'stdout') frames.push(JSON.parse(line) as Line);
    else pass(line);
  });
  const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, readyTimeoutMs);
  const source = file === undefined ? ['pattern'] : ['video', file];
  await using sender = start('image-sender', [...source, '--port', port]);
  const timer = setTimeout(() => sender.signal('SIGTERM'), seconds * 1000);
  const { code } = await sender.wait(endTimeoutMs).finally(() => clearTimeout(timer));
  await receiver.stop();
  if (code !== 0 || frames.length === 0)
    throw new Error(`the sender ended with ${code} and ${frames.length} frames came`);
  return await describe(folder, frames);
}

function pass(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function describe(folder: string, frames: readonly Line[]): Promise<string[]> {
  const first = frames[0] as Line;
  const last = frames.at(-1) as Line;
  const elapsed = (Date.parse(last.receivedAt) - Date.parse(first.receivedAt)) / 1000;
  const latency = frames.map((frame) => frame.latencyMs).sort((a, b) => a - b);
  const saved = (await readdir(folder)).length;
  return [
    `${frames.length} frames of ${first.width}x${first.height}, ${((frames.length - 1) / elapsed).toFixed(1)} fps`,
    `latency p50 ${percentile(latency, 0.5).toFixed(1)} ms, p99 ${percentile(latency, 0.99).toFixed(1)} ms`,
    `${saved} pictures are in ${folder}`,
  ];
}

/** The value at that share of the way through sorted values. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
