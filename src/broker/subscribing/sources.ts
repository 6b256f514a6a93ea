import { plainName } from '../../cameras/camera-key.ts';
import type { ConnectionHandler } from '../../link/receiving/connection.ts';
import { CodedError, formatError } from '../../protocol/errors.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { CameraNews } from '../camera-news.ts';
import { cameraOf, framesOf } from '../subjects.ts';
import type { FoundFrame } from './frame-reader.ts';
import { Source, type SourceOptions } from './source.ts';

export interface SourcesOptions extends SourceOptions {
  /** Silence after which a camera counts as gone, unless it is usual for it; milliseconds. */
  readonly idleTimeoutMs: number;
  /** Whether there is no connection to the broker now. */
  readonly isAway: () => boolean;
}

/** The sources of one subject: one, unless several live cameras have the same name. */
interface Subject {
  readonly sources: Map<string, Source>;
  /** When the last frame came of those whose place another took. One that is back is a slow one that lives. */
  readonly formers: Map<string, number>;
}

const mostSources = 20_000;
/** Live ones of one name. */
const mostOfName = 8;
const sweepMs = 250;
/** Events can overtake frames: so long none may have come since a camera was said to be gone. */
const lastFramesMs = 500;
/** Usual times between two frames that may pass without one. */
const mostIntervals = 3;

/** All cameras that frames come from: who comes, who goes, and which frame is whose. */
export class Sources {
  readonly #handler: ConnectionHandler;
  readonly #options: SourcesOptions;
  readonly #log: LimitedLog;
  readonly #subjects = new Map<string, Subject>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  /** Gone, and with frames that the sinks have not taken yet. */
  readonly #leaving = new Set<Source>();
  #sweptMs = performance.now();
  #size = 0;
  #isClosed = false;
  /** Whether a frame ever came. */
  hasHeard = false;

  constructor(options: SourcesOptions, handler: ConnectionHandler, log: Log) {
    this.#options = options;
    this.#handler = handler;
    this.#log = new LimitedLog(log);
    this.#timer = setInterval(() => this.#sweep(), sweepMs);
  }

  get size(): number {
    return this.#size;
  }

  /** Frames that the sinks have not taken yet. */
  get waiting(): number {
    return this.#underWay.size;
  }

  /** Whose frame it is; undefined where it came before, or is not to be taken. */
  accept(frame: FoundFrame): Source | undefined {
    if (this.#isClosed) return undefined;
    this.hasHeard = true;
    const source = this.#find(frame) ?? this.#add(frame);
    return source?.accept(frame) === true ? source : undefined;
  }

  /** A frame of a camera that a newer one came for with it. */
  skip(frame: FoundFrame): void {
    this.#find(frame)?.drop();
  }

  /** What came is no frame. */
  refuse(error: CodedError, subject: string): void {
    if (this.#isClosed) return;
    this.#handler.refuse(error.code);
    const where = subject.length <= 100 ? subject : `${subject.slice(0, 99)}…`;
    this.#log.warn(error.code, `${JSON.stringify(where).slice(1, -1)}: ${formatError(error)}`);
  }

  /** A publisher says something of a camera. */
  hear(camera: string, { event, publisher, stream }: CameraNews): void {
    for (const source of this.#subjects.get(camera)?.sources.values() ?? []) {
      if (source.publisher === publisher && source.stream === stream) source.isGone = event === 'down';
    }
  }

  /** Resolves when the sinks have taken all that they were given. */
  async settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** No frame is handed over any more, and all cameras leave. Resolves when the sinks have taken what they were given. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      clearInterval(this.#timer);
      for (const source of this.#leaving) source.close();
      for (const { sources } of this.#subjects.values()) for (const source of sources.values()) this.#end(source);
      this.#subjects.clear();
    }
    await this.settle();
  }

  #find({ camera, facts }: FoundFrame): Source | undefined {
    return this.#subjects.get(camera)?.sources.get(identify(facts));
  }

  #add(frame: FoundFrame): Source | undefined {
    const { camera, facts } = frame;
    const subject: Subject = this.#subjects.get(camera) ?? { sources: new Map(), formers: new Map() };
    const { sources, formers } = subject;
    const leaving = this.#replace(subject, frame.storedAtMs);
    if (this.#size >= mostSources || sources.size >= mostOfName) {
      const message = `Cannot take frames of more cameras than ${mostSources}, or ${mostOfName} of one name`;
      this.refuse(new CodedError('TOO_MANY_SENDERS', message), camera);
      return undefined;
    }
    const before = leaving.length === 0 ? undefined : Promise.all(leaving).then(() => undefined);
    const surroundings = { handler: this.#handler, underWay: this.#underWay, before };
    const source = new Source(frame, chooseName(frame), this.#options, surroundings);
    source.resume(formers.get(identify(facts)));
    sources.set(identify(facts), source);
    this.#subjects.set(camera, subject);
    this.#size++;
    return source;
  }

  /** A camera that was started again, or went to another receiver, leaves. One that still sends is another of the same name. */
  #replace({ sources, formers }: Subject, atMs: number): Promise<void>[] {
    const leaving: Promise<void>[] = [];
    for (const [id, source] of sources) {
      if (!source.isFormer(atMs)) continue;
      sources.delete(id);
      formers.set(id, source.storedAtMs);
      const left = this.#leave(source);
      if (left !== undefined) leaving.push(left);
    }
    for (const id of formers.keys()) if (formers.size > mostOfName) formers.delete(id);
    return leaving;
  }

  /** Once in a while: who has gone silent? */
  #sweep(): void {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.#sweptMs;
    this.#sweptMs = nowMs;
    // While the sinks are waited for none are asked for; and a program that slept itself heard nobody.
    const ownMs = this.waiting > 0 && this.#options.delivery === 'every' ? sinceMs : Math.max(0, sinceMs - 2 * sweepMs);
    for (const [camera, { sources }] of this.#subjects) {
      for (const [id, source] of sources) {
        source.heardMs += ownMs;
        if (!this.#isOver(source, nowMs)) continue;
        sources.delete(id);
        this.#leave(source, source.isGone ? undefined : this.#describeSilence(nowMs - source.heardMs));
      }
      if (sources.size === 0) this.#subjects.delete(camera);
    }
  }

  #isOver({ heardMs, intervalMs = 0, isGone }: Source, nowMs: number): boolean {
    const limitMs = Math.max(this.#options.idleTimeoutMs, mostIntervals * intervalMs);
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
  #leave(source: Source, error?: CodedError): Promise<void> | undefined {
    this.#size--;
    const waiting = source.finish();
    if (waiting === undefined) {
      this.#end(source, error);
      return undefined;
    }
    this.#leaving.add(source);
    const leaving: Promise<void> = waiting.then(() => {
      this.#underWay.delete(leaving);
      this.#leaving.delete(source);
      this.#end(source, error);
    });
    this.#underWay.add(leaving);
    return leaving;
  }

  #end(source: Source, error?: CodedError): void {
    source.close();
    if (source.hasArrived) this.#handler.leave(source.sender, error);
  }
}

/** The id of a stream has enough chance in it to be the only one. */
function identify({ stream, publisher }: FoundFrame['facts']): string {
  return stream === undefined ? `publisher ${publisher}` : stream;
}

/** What the camera is called by its sender, where that makes the same key again: so it goes by one everywhere. */
function chooseName({ camera, facts: { name } }: FoundFrame): string {
  // A server that divides subjects puts the number of the part before them.
  const own = camera.replace(/^(\d+\.)+/, '');
  return name !== undefined && [camera, own].includes(cameraOf(framesOf(plainName(name)))) ? name : camera;
}
