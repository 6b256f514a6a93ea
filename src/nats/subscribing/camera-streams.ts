import { CodedError, formatError } from '../../errors.ts';
import { plainName } from '../../frames/camera-key.ts';
import type { ConnectionHandler } from '../../frames/connection-handler.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { CameraEventMessage } from '../camera-event-message.ts';
import { cameraOf, framesOf } from '../subjects.ts';
import { CameraStream, type CameraStreamOptions } from './camera-stream.ts';
import type { NatsFrame } from './frame-reader.ts';
import { maxStreamsOfSubject, SubjectStreams } from './subject-streams.ts';

export interface CameraStreamsOptions extends CameraStreamOptions {
  /** A camera without a frame for this time counts as gone, unless its average interval is long; milliseconds. */
  readonly idleTimeoutMs: number;
  /** Whether there is no connection to the NATS server now. */
  readonly isAway: () => boolean;
}

const maxStreams = 20_000;
const sweepMs = 250;
/** Events can overtake frames: so long none may have come since a camera was said to be gone. */
const lastFramesMs = 500;
/** Average intervals that may pass without a frame. */
const maxIntervals = 3;

/** The streams of all cameras that send frames: reports when one comes or goes, and finds the stream of a frame. */
export class CameraStreams {
  readonly #handler: ConnectionHandler;
  readonly #options: CameraStreamsOptions;
  readonly #log: LimitedLog;
  readonly #subjects = new Map<string, SubjectStreams>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  /** Streams that are gone, and have frames that the sinks have not accepted yet. */
  readonly #leaving = new Set<CameraStream>();
  #sweptMs = performance.now();
  #size = 0;
  #isClosed = false;
  /** Whether a frame ever came. */
  hasHeard = false;

  constructor(options: CameraStreamsOptions, handler: ConnectionHandler, log: Log) {
    this.#options = options;
    this.#handler = handler;
    this.#log = new LimitedLog(log);
    this.#timer = setInterval(() => this.#sweep(), sweepMs);
  }

  get size(): number {
    return this.#size;
  }

  /** Frames that the sinks have not accepted yet. */
  get waiting(): number {
    return this.#inFlight.size;
  }

  /** The stream of a frame; undefined where it came before, or is not to be accepted. */
  accept(frame: NatsFrame): CameraStream | undefined {
    if (this.#isClosed) return undefined;
    this.hasHeard = true;
    const cameraStream = this.#find(frame) ?? this.#add(frame);
    return cameraStream?.accept(frame) === true ? cameraStream : undefined;
  }

  /** A newer frame of the same camera came with that one. */
  skip(frame: NatsFrame): void {
    this.#find(frame)?.drop();
  }

  /** A message is no frame. */
  reject(error: CodedError, subject: string): void {
    if (this.#isClosed) return;
    this.#handler.rejected(error.code);
    const where = subject.length <= 100 ? subject : `${subject.slice(0, 99)}…`;
    this.#log.warn(error.code, `${JSON.stringify(where).slice(1, -1)}: ${formatError(error)}`);
  }

  /** A publisher says something of a camera. */
  hear(camera: string, { event, publisher, stream }: CameraEventMessage): void {
    for (const one of this.#subjects.get(camera) ?? []) {
      if (one.publisher === publisher && one.stream === stream) one.isGone = event === 'down';
    }
  }

  /** Resolves when the sinks have accepted all frames that were delivered. */
  async settle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  /** No frame is delivered any more, and all cameras leave. Resolves when the sinks have accepted all that were. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      clearInterval(this.#timer);
      for (const cameraStream of this.#leaving) cameraStream.close();
      for (const streams of this.#subjects.values()) for (const cameraStream of streams) this.#end(cameraStream);
      this.#subjects.clear();
    }
    await this.settle();
  }

  #find({ camera, metadata }: NatsFrame): CameraStream | undefined {
    return this.#subjects.get(camera)?.find(metadata);
  }

  #add(frame: NatsFrame): CameraStream | undefined {
    const { camera, storedAtMs } = frame;
    const streams = this.#subjects.get(camera) ?? new SubjectStreams();
    // A camera that was started again, or went to another receiver, leaves. One that still sends is another of the same name.
    const leaving = streams.removeFormer(storedAtMs).flatMap((former) => this.#leave(former) ?? []);
    if (this.#size >= maxStreams || streams.isFull) {
      const message = `Cannot receive frames of more cameras than ${maxStreams}, or ${maxStreamsOfSubject} of one name`;
      this.reject(new CodedError('TOO_MANY_SENDERS', message), camera);
      return undefined;
    }
    const before = leaving.length === 0 ? undefined : Promise.all(leaving).then(() => undefined);
    const context = { handler: this.#handler, inFlight: this.#inFlight, before };
    const cameraStream = new CameraStream(frame, chooseName(frame), this.#options, context);
    streams.add(cameraStream);
    this.#subjects.set(camera, streams);
    this.#size++;
    return cameraStream;
  }

  /** Once in a while: cameras that have gone silent leave. */
  #sweep(): void {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.#sweptMs;
    this.#sweptMs = nowMs;
    // While the program waits for the sinks it asks for no frames; and a program that was suspended got none.
    const ownMs = this.waiting > 0 && this.#options.delivery === 'every' ? sinceMs : Math.max(0, sinceMs - 2 * sweepMs);
    for (const [camera, streams] of this.#subjects) {
      for (const cameraStream of streams) cameraStream.heardMs += ownMs;
      for (const silent of streams.removeWhere((stream) => this.#isOver(stream, nowMs))) {
        this.#leave(silent, silent.isGone ? undefined : this.#describeSilence(nowMs - silent.heardMs));
      }
      if (streams.isEmpty) this.#subjects.delete(camera);
    }
  }

  #isOver({ heardMs, intervalMs = 0, isGone }: CameraStream, nowMs: number): boolean {
    const limitMs = Math.max(this.#options.idleTimeoutMs, maxIntervals * intervalMs);
    return nowMs - heardMs > (isGone ? lastFramesMs : limitMs);
  }

  #describeSilence(ms: number): CodedError {
    const limit = this.#options.idleTimeoutMs / 1000;
    const seconds = (ms / 1000).toFixed(1);
    const message = `No frame came from the NATS server within ${limit} s (--idle-timeout): ${seconds} s`;
    if (this.#options.isAway()) return new CodedError('CONNECT_FAILED', `${message}; the NATS server is away`);
    return new CodedError('IDLE', message);
  }

  /** Resolves when it has left; undefined: it has. */
  #leave(cameraStream: CameraStream, error?: CodedError): Promise<void> | undefined {
    this.#size--;
    const waiting = cameraStream.finish();
    if (waiting === undefined) {
      this.#end(cameraStream, error);
      return undefined;
    }
    this.#leaving.add(cameraStream);
    const leaving: Promise<void> = waiting.then(() => {
      this.#inFlight.delete(leaving);
      this.#leaving.delete(cameraStream);
      this.#end(cameraStream, error);
    });
    this.#inFlight.add(leaving);
    return leaving;
  }

  #end(cameraStream: CameraStream, error?: CodedError): void {
    cameraStream.close();
    if (cameraStream.hasArrived) this.#handler.disconnected(cameraStream.connection, error);
  }
}

/** The name that the camera's sender says, where that makes the same key again: so the camera has one key everywhere. */
function chooseName({ camera, metadata: { name } }: NatsFrame): string {
  // A server that divides subjects puts the number of the part before them.
  const own = camera.replace(/^(\d+\.)+/, '');
  return name !== undefined && [camera, own].includes(cameraOf(framesOf(plainName(name)))) ? name : camera;
}
