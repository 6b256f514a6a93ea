import { Buffer } from 'node:buffer';
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../native/project.ts';
import { readCpuMsOf } from './cpu-time.ts';
import { readInFlight } from './in-flight.ts';
import type { FoundFailure, Task, WorkerMessage } from './messages.ts';
import { readReport } from './sanitizer-report.ts';
import type { TargetStats } from './stats.ts';

/** A worker that says nothing for so much time of a processor, or for so long, hangs in an input. */
const maxSilence = { cpuMs: 20_000, ms: 600_000 } as const;
const lookEveryMs = 200;
const niceness = 10;
/** More than any target may have. V8 aborts at its own limit before. */
const maxRss = 1_500_000_000;
const nodeFlags = ['--expose-gc', '--max-old-space-size=400', '--disable-warning=ExperimentalWarning'];
const maxStderr = 16_000;

export interface WorkerResult {
  readonly stats: TargetStats | undefined;
  readonly failures: readonly FoundFailure[];
}

/** Runs a task in a process of its own, which may die or hang. @throws Error where its target cannot be opened */
export async function runWorker(task: Task, signal: AbortSignal): Promise<WorkerResult> {
  const path = join(projectRoot, 'scripts/fuzz/worker.ts');
  const worker = fork(path, [JSON.stringify(task)], {
    execArgv: nodeFlags,
    silent: true,
    signal,
    killSignal: 'SIGKILL',
  });
  const failures: FoundFailure[] = [];
  let stats: TargetStats | undefined;
  let heard = { cpuMs: 0, ms: performance.now() };
  let unusable: string | undefined;
  let ended = '';
  let stderr = '';
  const closed = new Promise<[code: number | null, killed: NodeJS.Signals | null]>((resolve, reject) => {
    worker.on('close', (...end) => resolve(end));
    // An abort is an error to Node too, and its process closes.
    worker.on('error', (error) => worker.pid === undefined && reject(error));
  });
  worker.on('message', (message: WorkerMessage) => {
    heard = { cpuMs: readCpuMsOf(worker.pid), ms: performance.now() };
    if (message.type === 'stats') stats = message.stats;
    if (message.type === 'unusable') unusable = message.message;
    if (message.type === 'failure') failures.push(message.failure);
  });
  worker.stderr?.on('data', (bytes: Buffer) => {
    stderr = `${stderr}${bytes}`.slice(-maxStderr);
  });
  worker.stdout?.resume();
  if (worker.pid !== undefined) setPriority(worker.pid, niceness);
  const looks = setInterval(() => {
    const silentMs = performance.now() - heard.ms;
    const cpuMs = readCpuMsOf(worker.pid) - heard.cpuMs;
    if (cpuMs > maxSilence.cpuMs || silentMs > maxSilence.ms) {
      ended = `it hangs for ${silentMs.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of a processor`;
    }
    if (readRss(worker.pid) > maxRss) ended = `its process has more than ${maxRss} bytes of memory`;
    if (ended !== '') worker.kill('SIGKILL');
  }, lookEveryMs);
  const [code, killed] = await closed;
  clearInterval(looks);
  if (unusable !== undefined) throw new Error(`Cannot fuzz ${task.target}: ${unusable}`);
  if (code === 0 || signal.aborted) return { stats, failures };
  const input = Buffer.from(readInFlight(task.inFlight) ?? []).toString('base64');
  const message =
    ended === '' ? `its process ends with ${killed ?? code}: ${readReport(stderr) ?? stderr.trim()}` : ended;
  return { stats, failures: [...failures, { target: task.target, input, message }] };
}

/** Bytes; 0 where the process has ended. */
function readRss(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
