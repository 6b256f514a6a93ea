import type { Camera } from '../../cameras/camera.ts';
import { makeKey, plainName } from '../../cameras/camera-key.ts';
import type { CameraRegistry } from '../../cameras/camera-registry.ts';
import { formatLateness, Rate } from '../../figures/format.ts';
import { hostKeyOf } from '../../link/address.ts';
import type { ConnectionHandler } from '../../link/receiving/connection.ts';
import { formatSender, type ReceivedFrame, type Sender } from '../../link/receiving/received-frame.ts';
import { type CodedError, type ErrorCode, formatError } from '../../protocol/errors.ts';
import type { Sink } from '../../sinks/sink.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';

const rateWindowMs = 3000;

interface Entry {
  readonly rate: Rate;
  readonly startedMs: number;
}

/** Says who comes and goes, keeps the live lines, and passes the frames on. */
export class ReceiverJournal implements ConnectionHandler {
  readonly #sink: Sink;
  readonly #log: LimitedLog;
  readonly #cameras: CameraRegistry;
  readonly #senders = new Map<Sender, Entry>();

  constructor(sink: Sink, cameras: CameraRegistry, log: Log) {
    this.#sink = sink;
    this.#cameras = cameras;
    this.#log = new LimitedLog(log);
  }

  arrive(sender: Sender): void {
    const camera = this.#cameras.arrive(sender);
    this.#sink.arrive?.(sender);
    this.#senders.set(sender, { rate: new Rate(rateWindowMs), startedMs: performance.now() });
    this.#log.info('arrive', `${formatSender(sender)} sends pictures`, hostKeyOf(sender.address));
    const usual = makeKey(sender);
    if (camera.key === usual) return;
    const advice = `it goes by ${camera.key} here; --name at the senders tells them apart`;
    const clash = describeClash(sender.name, usual, this.#cameras.findHolder(usual));
    const line = `${formatSender(sender)}: ${clash}: ${advice}`;
    this.#log.warn('name', line, hostKeyOf(sender.address));
  }

  take(frame: ReceivedFrame): boolean | Promise<boolean> {
    this.#cameras.take(frame);
    return this.#sink.take(frame);
  }

  notice(sender: Sender, what: string): void {
    this.#log.warn('notice', `${formatSender(sender)}: ${what}`, hostKeyOf(sender.address));
  }

  refuse(code: ErrorCode): void {
    this.#cameras.refuse(code);
  }

  leave(sender: Sender, error: CodedError | undefined): void {
    const entry = this.#senders.get(sender);
    this.#senders.delete(sender);
    if (entry !== undefined) this.#sink.leave?.(sender, error?.code);
    this.#cameras.leave(sender, error?.code);
    const { frames } = sender;
    const seconds = entry === undefined ? 0 : (performance.now() - entry.startedMs) / 1000;
    const rate = seconds > 1 ? `, ${(frames / seconds).toFixed(1)} fps` : '';
    const figures = `(${formatBytes(sender.bytes)}${rate})${describeLateness(sender)}${describeLosses(sender)}`;
    const after = frames === 0 ? 'without a frame' : `after ${frames} ${frames === 1 ? 'frame' : 'frames'} ${figures}`;
    const why = sender.lastSkipped === undefined ? '' : `; skipped last: ${sender.lastSkipped}`;
    const host = hostKeyOf(sender.address);
    // Strangers that bring nothing may come in crowds: their lines must not hide that of a camera which leaves.
    const kind = `${error?.code ?? 'leave'}${frames === 0 ? ' without a frame' : ''}`;
    if (error === undefined) this.#log.info(kind, `${formatSender(sender)} left ${after}${why}`, host);
    else this.#log.warn(kind, `${formatSender(sender)} dropped ${after}: ${formatError(error)}`, host);
  }

  /** The live lines, one for each sender. */
  render(): string[] {
    const nowMs = performance.now();
    const lines = [...this.#senders].map(([sender, { rate }]) => {
      const fps = rate.sample(sender.frames, nowMs).toFixed(1);
      const figures = `${sender.frames} frames  ${fps} fps  ${formatBytes(sender.bytes)}`;
      return `${formatSender(sender)}  ${figures}${describeLateness(sender)}${describeLosses(sender)}`;
    });
    return lines.length > 0 ? lines : ['no sender'];
  }
}

/** Why a camera does not go by its usual key. @param holder the camera that does */
function describeClash(name: string | undefined, usual: string, holder: Camera | undefined): string {
  if (holder === undefined) return `another camera went by ${usual}`;
  const { title, key } = holder;
  if (name === undefined || title === name) return `another camera is called ${title}`;
  // Such as garden-2, that a second garden was given.
  if (plainName(title) !== key) return `the camera ${title} goes by ${key} here`;
  if (key !== usual)
    return `another camera is called ${title}, and some disks do not tell capital letters from small ones`;
  return `another camera is called ${title}, and of both names ${key} is left in addresses and file names`;
}

/** Percentiles of lateness where the clocks are compared, else what can be said without. */
function describeLateness({ lateness }: Sender): string {
  const found = lateness.percentiles;
  if (found !== undefined) {
    const [p50, p95, p99] = [found.p50, found.p95, found.p99].map(formatLateness);
    return `, late p50 ${p50} p95 ${p95} p99 ${p99}`;
  }
  const { jitterUs } = lateness;
  return jitterUs === undefined ? '' : `, clock offset unknown, jitter ${formatLateness(jitterUs)}`;
}

function describeLosses({ dropped, duplicates, skipped }: Sender): string {
  const losses: string[] = [];
  if (dropped > 0) losses.push(`, ${dropped} dropped by the sender`);
  if (duplicates > 0) losses.push(`, ${duplicates} came twice`);
  if (skipped > 0)
    losses.push(
      `, skipped ${skipped === 1 ? '1 piece that was' : `${skipped} pieces that were`} torn, refused or no picture`,
    );
  return losses.join('');
}
