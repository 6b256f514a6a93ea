// A process that gives inputs to one target. Its one argument is a `Task` as JSON.
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { describeError } from '../cli/describe-error.ts';
import { checkAlone } from './check-alone.ts';
import { Explorer, type Failed } from './explore.ts';
import { InFlightFile } from './in-flight.ts';
import { kindOf, type Task, type WorkerMessage } from './messages.ts';
import { shrink } from './shrink.ts';
import { defaultMaxRss, Failure } from './target.ts';
import { targets } from './targets.ts';

const tellEveryMs = 1000;
/** Failures that are made small. */
const maxKinds = 5;
const shrinkMs = 20_000;

const task = JSON.parse(process.argv[2] ?? '') as Task;
const send = (message: WorkerMessage) => process.send?.(message);
const target = await targets[task.target]().catch(async (error: unknown) => {
  const message: WorkerMessage = { type: 'unusable', message: describeError(error) };
  await new Promise((resolve) => process.send?.(message, resolve));
  process.exit(1);
});
const explorer = new Explorer(target, task.seed);
using inFlight = new InFlightFile(task.inFlight);
const startedMs = performance.now();
const kinds = new Set<string>();

async function explore(endMs: number): Promise<void> {
  let toldMs = performance.now();
  for (let nowMs = toldMs; nowMs < endMs; nowMs = performance.now()) {
    const input = explorer.next();
    inFlight.write(input);
    const failed = (await explorer.try(input)) ?? checkMemory(input);
    if (failed !== undefined) await report(failed);
    if (nowMs - toldMs < tellEveryMs) continue;
    toldMs = nowMs;
    tell();
    await new Promise(setImmediate);
  }
}

function tell(): void {
  explorer.stats.ms = performance.now() - startedMs;
  explorer.stats.rss = process.resourceUsage().maxRSS * 1024;
  send({ type: 'stats', stats: explorer.stats });
}

/** The memory of all: garbage counts only when collecting it does not help. */
function checkMemory(input: Uint8Array): Failed | undefined {
  const { maxRss = defaultMaxRss } = target;
  // Reading it takes as long as some inputs.
  if (explorer.stats.inputs % 16 !== 0 || process.memoryUsage.rss() <= maxRss) return undefined;
  globalThis.gc?.();
  const rss = process.memoryUsage.rss();
  return rss <= maxRss ? undefined : { input, message: `the process has ${rss} bytes of memory` };
}

async function report({ input, message }: Failed): Promise<void> {
  const kind = kindOf({ target: task.target, message });
  if (kinds.has(kind) || kinds.size >= maxKinds) return;
  kinds.add(kind);
  const untilMs = performance.now() + shrinkMs;
  const small = await shrink(input, async (candidate) => {
    if (performance.now() > untilMs) return false;
    send({ type: 'busy' });
    inFlight.write(candidate);
    return (await checkAlone(target, candidate)) !== undefined;
  });
  send({
    type: 'failure',
    failure: { target: task.target, input: Buffer.from(small).toString('base64'), message },
  });
}

process.on('unhandledRejection', (error) => {
  throw error instanceof Error ? error : new Failure(String(error));
});
await explore(startedMs + task.seconds * 1000);
tell();
process.disconnect?.();
process.exit(0);
