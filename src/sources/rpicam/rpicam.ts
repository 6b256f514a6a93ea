import { basename } from 'node:path';
import process from 'node:process';
import { CodedError } from '../../errors.ts';
import type { CapturedFrame, FrameLimits } from '../../protocol/frame.ts';
import { pause } from '../../system/abort.ts';
import { Child } from '../../system/child.ts';
import { describeFileError } from '../../system/file-error.ts';
import type { Log } from '../../system/log.ts';
import { SkipLog } from '../skip-log.ts';
import { composeRpicamArguments, type RpicamChoices } from './rpicam-arguments.ts';
import { findRpicamVid, rpicamInstallCommand } from './rpicam-program.ts';
import { RpicamRestarts, type RunEnd } from './rpicam-restarts.ts';
import { RpicamRun } from './rpicam-run.ts';

export interface RpicamOptions extends RpicamChoices {
  readonly limits: FrameLimits;
  /** Counts what is no picture that may pass. */
  readonly skipped?: SkipLog;
  /** The program's, in which it is looked for too. */
  readonly environment?: NodeJS.ProcessEnv;
  /**
   * Milliseconds without a picture after which the program counts as hung: three intervals, and ten
   * seconds at the least.
   */
  readonly hangMs?: number;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly killAfterMs?: number;
  /** Milliseconds from its first end to its second start. */
  readonly firstPauseMs?: number;
}

const minHangMs = 10_000;
const defaultName = 'rpicam-vid';

/**
 * Pictures of a camera module, for ever, as rpicam-vid makes them; when that ends or hangs it is
 * started again.
 * @throws CodedError SOURCE_FAILED when it is not installed, or there never is a picture
 */
export async function* captureRpicam(
  options: RpicamOptions,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const restarts = new RpicamRestarts(log, options.firstPauseMs);
  const { skipped = new SkipLog(log, defaultName) } = options;
  while (!signal.aborted) {
    const end = yield* playOnce(options, restarts, skipped, signal);
    if (!signal.aborted) await pause(restarts.judge(end), signal);
  }
}

/** @throws CodedError SOURCE_FAILED when it is not installed, and never was */
async function* playOnce(
  options: RpicamOptions,
  restarts: RpicamRestarts,
  skipped: SkipLog,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, RunEnd, undefined> {
  const { environment = process.env, intervalMs, limits, hangMs, killAfterMs } = options;
  const path = await findRpicamVid(environment);
  if (path === undefined && !restarts.hasDelivered) throw notInstalled();
  if (path === undefined) return describeFailure(defaultName, 'is not installed any more');
  const program = basename(path);
  const args = composeRpicamArguments(options);
  const child = await Child.start(path, args, { environment, killAfterMs }).catch((error: Error) => error);
  if (child instanceof Error) return describeFailure(program, `could not be started: ${describeFileError(child)}`);
  const patience = hangMs ?? Math.max(minHangMs, 3 * intervalMs);
  const run = new RpicamRun(program, child, { ...limits, hangMs: patience }, skipped);
  for await (const frame of run.play(signal)) {
    restarts.noteDelivery(program);
    yield frame;
  }
  return run.end;
}

function describeFailure(program: string, what: string): RunEnd {
  return { program, pictures: 0, deliveredMs: 0, what, lastWords: '', isHopeless: false };
}

function notInstalled(): CodedError {
  const reason = 'neither rpicam-vid nor libcamera-vid is in the search path (PATH)';
  const advice = `On Raspberry Pi OS: \`${rpicamInstallCommand}\` (on older ones libcamera-apps-lite)`;
  return new CodedError('SOURCE_FAILED', `Cannot take pictures of a camera module: ${reason}. ${advice}`);
}
