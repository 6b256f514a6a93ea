import { type CodedError, formatError } from '../../errors.ts';
import type { Camera } from '../../frames/camera.ts';
import { makeKey, plainName } from '../../frames/camera-key.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import { type ConnectionStats, formatConnection } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import type { ConnectionListener } from '../../sinks/pipeline.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { counted } from '../../system/counted.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { formatLatency, Rate } from '../format.ts';

const rateWindowMs = 3000;

interface Entry {
  readonly rate: Rate;
  readonly startedMs: number;
}

/**
 * Prints a line when a connection comes or goes, and renders the live lines of those that are open.
 */
export class ConnectionLog implements ConnectionListener {
  readonly #log: LimitedLog;
  readonly #cameras: CameraRegistry;
  readonly #entries = new Map<ConnectionStats, Entry>();

  constructor(cameras: CameraRegistry, log: Log) {
    this.#cameras = cameras;
    this.#log = new LimitedLog(log);
  }

  connected(connection: ConnectionStats, camera: Camera): void {
    this.#entries.set(connection, { rate: new Rate(rateWindowMs), startedMs: performance.now() });
    this.#log.info('arrive', `${formatConnection(connection)} sends pictures`, hostKeyOf(connection.address));
    const defaultKey = makeKey(connection);
    if (camera.key === defaultKey) return;
    const own = `its key here is ${camera.key}`;
    const clash = describeClash(connection.name, defaultKey, this.#cameras.findHolder(defaultKey));
    const why =
      camera.tokenOf === undefined
        ? `${clash}: ${own}; --name at the senders tells them apart`
        : `another source of the machine that joined as ${camera.title}: ${own}`;
    const line = `${formatConnection(connection)}: ${why}`;
    this.#log.warn('name', line, hostKeyOf(connection.address));
  }

  notice(connection: ConnectionStats, what: string): void {
    this.#log.warn('notice', `${formatConnection(connection)}: ${what}`, hostKeyOf(connection.address));
  }

  disconnected(connection: ConnectionStats, error: CodedError | undefined): void {
    const entry = this.#entries.get(connection);
    this.#entries.delete(connection);
    const { frames } = connection;
    const seconds = entry === undefined ? 0 : (performance.now() - entry.startedMs) / 1000;
    const rate = seconds > 1 ? `, ${(frames / seconds).toFixed(1)} fps` : '';
    const stats = `(${formatBytes(connection.bytes)}${rate})${describeLatency(connection)}${describeLosses(connection)}`;
    const after = frames === 0 ? 'without a frame' : `after ${counted(frames, 'frame', 'frames')} ${stats}`;
    const why = connection.lastSkipped === undefined ? '' : `; skipped last: ${connection.lastSkipped}`;
    const host = hostKeyOf(connection.address);
    // Strangers that bring nothing may come in crowds: their lines must not hide that of a camera
    // which leaves.
    const kind = `${error?.code ?? 'leave'}${frames === 0 ? ' without a frame' : ''}`;
    if (error === undefined) this.#log.info(kind, `${formatConnection(connection)} left ${after}${why}`, host);
    else this.#log.warn(kind, `${formatConnection(connection)} dropped ${after}: ${formatError(error)}`, host);
  }

  /** The live lines, one for each connection. */
  render(): string[] {
    const nowMs = performance.now();
    const lines = [...this.#entries].map(([connection, { rate }]) => {
      const fps = rate.sample(connection.frames, nowMs).toFixed(1);
      const stats = `${connection.frames} frames  ${fps} fps  ${formatBytes(connection.bytes)}`;
      return `${formatConnection(connection)}  ${stats}${describeLatency(connection)}${describeLosses(connection)}`;
    });
    return lines.length > 0 ? lines : ['no sender'];
  }
}

/** Why a camera does not have the key of its name. @param holder the camera that has it */
function describeClash(name: string | undefined, defaultKey: string, holder: Camera | undefined): string {
  if (holder === undefined) return `another camera went by ${defaultKey}`;
  const { title, key } = holder;
  if (name === undefined || title === name) return `another camera is called ${title}`;
  // Such as garden-2, that a second garden was given.
  if (plainName(title) !== key) return `the camera ${title} has the key ${key} here`;
  if (key !== defaultKey)
    return `another camera is called ${title}, and some disks do not distinguish capital from small letters`;
  return `another camera is called ${title}, and of both names ${key} is left in addresses and file names`;
}

/** Percentiles of latency where the clocks are compared, else what can be said without. */
function describeLatency({ latency }: ConnectionStats): string {
  const found = latency.percentiles;
  if (found !== undefined) {
    const [p50, p95, p99] = [found.p50, found.p95, found.p99].map(formatLatency);
    return `, latency p50 ${p50} p95 ${p95} p99 ${p99}`;
  }
  const { jitterUs } = latency;
  return jitterUs === undefined ? '' : `, clock offset unknown, jitter ${formatLatency(jitterUs)}`;
}

function describeLosses({ dropped, duplicates, skipped }: ConnectionStats): string {
  const losses: string[] = [];
  if (dropped > 0) losses.push(`, ${dropped} dropped by the sender`);
  if (duplicates > 0) losses.push(`, ${duplicates} came twice`);
  if (skipped > 0)
    losses.push(`, skipped ${counted(skipped, 'piece that was', 'pieces that were')} torn, rejected or no picture`);
  return losses.join('');
}
