import type { Camera } from '../../frames/camera.ts';
import { makeKey, plainName } from '../../frames/camera-key.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import { type ConnectionStats, formatConnection, type ReceivedFrame } from '../../frames/received-frame.ts';
import { formatLatency, Rate } from '../../metrics/format.ts';
import { hostKeyOf } from '../../network/address.ts';
import { type CodedError, type ErrorCode, formatError } from '../../protocol/errors.ts';
import type { Sink } from '../../sinks/sink.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { ConnectionHandler } from '../../transport/accept/connection.ts';

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
  readonly #senders = new Map<ConnectionStats, Entry>();

  constructor(sink: Sink, cameras: CameraRegistry, log: Log) {
    this.#sink = sink;
    this.#cameras = cameras;
    this.#log = new LimitedLog(log);
  }

  connected(connection: ConnectionStats): void {
    const camera = this.#cameras.connected(connection);
    this.#sink.connected?.(connection);
    this.#senders.set(connection, { rate: new Rate(rateWindowMs), startedMs: performance.now() });
    this.#log.info('arrive', `${formatConnection(connection)} sends pictures`, hostKeyOf(connection.address));
    const defaultValue = makeKey(connection);
    if (camera.key === defaultValue) return;
    const advice = `it goes by ${camera.key} here; --name at the senders tells them apart`;
    const clash = describeClash(connection.name, defaultValue, this.#cameras.findHolder(defaultValue));
    const line = `${formatConnection(connection)}: ${clash}: ${advice}`;
    this.#log.warn('name', line, hostKeyOf(connection.address));
  }

  deliver(frame: ReceivedFrame): boolean | Promise<boolean> {
    this.#cameras.countFrame(frame);
    return this.#sink.write(frame);
  }

  notice(connection: ConnectionStats, what: string): void {
    this.#log.warn('notice', `${formatConnection(connection)}: ${what}`, hostKeyOf(connection.address));
  }

  refused(code: ErrorCode): void {
    this.#cameras.countRefusal(code);
  }

  disconnected(connection: ConnectionStats, error: CodedError | undefined): void {
    const entry = this.#senders.get(connection);
    this.#senders.delete(connection);
    if (entry !== undefined) this.#sink.disconnected?.(connection, error?.code);
    this.#cameras.disconnected(connection, error?.code);
    const { frames } = connection;
    const seconds = entry === undefined ? 0 : (performance.now() - entry.startedMs) / 1000;
    const rate = seconds > 1 ? `, ${(frames / seconds).toFixed(1)} fps` : '';
    const stats = `(${formatBytes(connection.bytes)}${rate})${describeLatency(connection)}${describeLosses(connection)}`;
    const after = frames === 0 ? 'without a frame' : `after ${frames} ${frames === 1 ? 'frame' : 'frames'} ${stats}`;
    const why = connection.lastSkipped === undefined ? '' : `; skipped last: ${connection.lastSkipped}`;
    const host = hostKeyOf(connection.address);
    // Strangers that bring nothing may come in crowds: their lines must not hide that of a camera which leaves.
    const kind = `${error?.code ?? 'leave'}${frames === 0 ? ' without a frame' : ''}`;
    if (error === undefined) this.#log.info(kind, `${formatConnection(connection)} left ${after}${why}`, host);
    else this.#log.warn(kind, `${formatConnection(connection)} dropped ${after}: ${formatError(error)}`, host);
  }

  /** The live lines, one for each sender. */
  render(): string[] {
    const nowMs = performance.now();
    const lines = [...this.#senders].map(([sender, { rate }]) => {
      const fps = rate.sample(sender.frames, nowMs).toFixed(1);
      const stats = `${sender.frames} frames  ${fps} fps  ${formatBytes(sender.bytes)}`;
      return `${formatConnection(sender)}  ${stats}${describeLatency(sender)}${describeLosses(sender)}`;
    });
    return lines.length > 0 ? lines : ['no sender'];
  }
}

/** Why a camera does not go by its usual key. @param holder the camera that does */
function describeClash(name: string | undefined, defaultValue: string, holder: Camera | undefined): string {
  if (holder === undefined) return `another camera went by ${defaultValue}`;
  const { title, key } = holder;
  if (name === undefined || title === name) return `another camera is called ${title}`;
  // Such as garden-2, that a second garden was given.
  if (plainName(title) !== key) return `the camera ${title} goes by ${key} here`;
  if (key !== defaultValue)
    return `another camera is called ${title}, and some disks do not tell capital letters from small ones`;
  return `another camera is called ${title}, and of both names ${key} is left in addresses and file names`;
}

/** Percentiles of latency where the clocks are compared, else what can be said without. */
function describeLatency({ latency }: ConnectionStats): string {
  const found = latency.percentiles;
  if (found !== undefined) {
    const [p50, p95, p99] = [found.p50, found.p95, found.p99].map(formatLatency);
    return `, late p50 ${p50} p95 ${p95} p99 ${p99}`;
  }
  const { jitterUs } = latency;
  return jitterUs === undefined ? '' : `, clock offset unknown, jitter ${formatLatency(jitterUs)}`;
}

function describeLosses({ dropped, duplicates, skipped }: ConnectionStats): string {
  const losses: string[] = [];
  if (dropped > 0) losses.push(`, ${dropped} dropped by the sender`);
  if (duplicates > 0) losses.push(`, ${duplicates} came twice`);
  if (skipped > 0)
    losses.push(
      `, skipped ${skipped === 1 ? '1 piece that was' : `${skipped} pieces that were`} torn, refused or no picture`,
    );
  return losses.join('');
}
