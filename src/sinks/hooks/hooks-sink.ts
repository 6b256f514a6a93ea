import type { Camera } from '../../frames/camera.ts';
import type { CameraEvent } from '../../frames/camera-events.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { applyRule, type DetectionRule } from '../../frames/results/detection-rule.ts';
import type { FrameResult } from '../../frames/results/frame-result.ts';
import { hostKeyOf } from '../../network/address.ts';
import { pause } from '../../system/abort.ts';
import type { ChildCommand } from '../../system/child-command.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { QueueStats, Sink, SinkStats } from '../sink.ts';
import {
  describeDetection,
  describeMissing,
  describePicture,
  describeSegment,
  describeSender,
  type HookEvent,
  type HookKind,
  hookKinds,
  type SegmentDetails,
} from './hook-event.ts';
import { HookRunner } from './hook-runner.ts';
import { Presence } from './presence.ts';

/** The commands of the kinds of events that have one, and their settings. */
export interface HookSettings extends Readonly<Partial<Record<HookKind, ChildCommand | undefined>>> {
  /** A connected camera without a frame for so long counts as stalled: milliseconds. */
  readonly stallAfterMs: number;
  /** The command runs for one in so many frames of each camera: 1 is every frame. */
  readonly frameEvery: number;
  /** The detections that count; undefined: all. */
  readonly detectRule?: DetectionRule | undefined;
  /** The time without such a detection after which the next one is another event: milliseconds. */
  readonly detectHoldMs: number;
  /** The longest run of a command: milliseconds. */
  readonly timeoutMs: number;
}

/** How long commands may take after the program has stopped. */
const graceMs = 5000;
const logLines = 1;

/**
 * Runs a command when a camera comes, goes or stalls, when a recording is complete, and for every
 * N-th frame.
 */
export class HooksSink implements Sink {
  /** Recordings are completed when their sink closes: events still come then. */
  readonly closesLast = true;
  readonly #cameras: CameraRegistry;
  readonly #settings: HookSettings;
  readonly #log: Log;
  /** Of each camera, over all its connections: a program may post each picture over its own. */
  readonly #frames = new WeakMap<Camera, number>();
  readonly #presence: Presence;
  readonly #runners = new Map<HookKind, HookRunner>();
  readonly #stopListening: () => void;
  /**
   * The host of the first connection of each camera: a recording may end when all its connections
   * are gone.
   */
  readonly #hosts = new WeakMap<Camera, string>();

  constructor(cameras: CameraRegistry, settings: HookSettings, log: Log) {
    this.#cameras = cameras;
    this.#settings = settings;
    this.#log = log;
    this.#presence = new Presence(settings.detectHoldMs);
    const limited = new LimitedLog(log, logLines);
    for (const kind of hookKinds) {
      const command = settings[kind];
      if (command === undefined) continue;
      this.#runners.set(kind, new HookRunner(kind, { command, timeoutMs: settings.timeoutMs }, limited));
    }
    const stallAfterMs = this.#runners.has('stall') ? settings.stallAfterMs : undefined;
    this.#stopListening = cameras.events.listen({ stallAfterMs }, (event) => this.#tell(event));
  }

  /**
   * `done`: runs that ended with status 0; `failures`: other runs; `dropped`: events without a run.
   */
  get stats(): SinkStats {
    const stats = { name: 'hooks', done: 0, dropped: 0, failures: 0, waitingFrames: 0, waitingBytes: 0 };
    for (const { done, dropped, failures, waiting } of this.#runners.values()) {
      stats.done += done;
      stats.dropped += dropped;
      stats.failures += failures;
      stats.waitingFrames += waiting.events;
      stats.waitingBytes += waiting.bytes;
    }
    return { ...stats, queues: { [Symbol.iterator]: () => this.#countQueues() } };
  }

  write(frame: ReceivedFrame): boolean {
    if (!this.#runners.has('frame')) return true;
    const camera = this.#cameras.get(frame.connection);
    const frames = (this.#frames.get(camera) ?? 0) + 1;
    this.#frames.set(camera, frames);
    if (frames % this.#settings.frameEvery === 0) this.#add('frame', () => describePicture(camera, frame));
    return true;
  }

  /** A detector has answered for a frame. */
  detected(result: FrameResult, jpeg: Uint8Array): void {
    if (!this.#runners.has('detect')) return;
    const found = applyRule(result.detections, this.#settings.detectRule);
    if (found.length > 0 && this.#presence.see(result.camera))
      this.#add('detect', () => describeDetection(result, found, jpeg));
  }

  /** A recording of the camera is complete. */
  segment(camera: Camera, segment: SegmentDetails): void {
    this.#add('segment', () => describeSegment(camera, this.#hosts.get(camera) ?? '', segment));
  }

  /**
   * No event comes any more. Commands for events that have come may still run for five seconds in
   * all.
   */
  async close(): Promise<void> {
    this.#stopListening();
    for (const kind of ['stall', 'frame'] as const) this.#runners.get(kind)?.clear();
    const runners = [...this.#runners.values()];
    const isIdle = new AbortController();
    void Promise.all(runners.map((runner) => runner.idle())).then(() => isIdle.abort());
    await pause(graceMs, isIdle.signal);
    await Promise.all(runners.map((runner) => runner.giveUp()));
    const { done, dropped, failures } = this.stats;
    if (failures + dropped === 0) return;
    this.#log.info(`Of the hooks, ${done} ended well, ${failures} failed, and ${dropped} were dropped`);
  }

  *#countQueues(): Generator<QueueStats, void, undefined> {
    const queues = new Map<string, { frames: number; bytes: number }>();
    for (const { events } of this.#runners.values()) {
      for (const { camera, jpeg } of events) {
        const queue = queues.get(camera) ?? { frames: 0, bytes: 0 };
        queues.set(camera, { frames: queue.frames + 1, bytes: queue.bytes + (jpeg?.length ?? 0) });
      }
    }
    for (const [key, queue] of queues) yield { camera: { key }, ...queue };
  }

  #tell(event: CameraEvent): void {
    const { camera } = event;
    if (event.kind === 'missing') {
      this.#add('missing', () => describeMissing(camera));
      return;
    }
    const { connection } = event;
    if (event.kind === 'up') {
      this.#hosts.set(camera, hostKeyOf(connection.address));
      this.#add('connect', () => describeSender('connect', camera, connection));
    }
    if (event.kind === 'down') {
      const details = { frames: event.frames, reason: event.reason ?? null };
      this.#add('disconnect', () => describeSender('disconnect', camera, connection, details));
    }
    if (event.kind === 'stall') {
      const { frames, stalledMs } = event;
      this.#add('stall', () => describeSender('stall', camera, connection, { frames, stalledMs }));
    }
  }

  #add(kind: HookKind, describe: () => HookEvent): void {
    this.#runners.get(kind)?.add(describe());
  }
}
