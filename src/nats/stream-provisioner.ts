import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { CodedError } from '../errors.ts';
import type { Log } from '../system/log.ts';
import { describeDifferences, describeProblem, type Wanted } from './stream-differences.ts';
import { describeStreamError, findDeniedWithin, isUnanswered, unusable } from './stream-errors.ts';
import { adviseOn, createStream, defaultStream, findStreamFor, listStreams, readStreams } from './streams.ts';
import { allEvents, allFrames } from './subjects.ts';

/** The frames that a stream keeps of each camera: the newest frame, so many of the last, or those of the last time. */
export type StreamRetention = 'newest' | { readonly frames: number } | { readonly ms: number };

/** Nobody who wants the newest picture has a use for one that is older than this. */
const newestAgeMs = 10_000;
const requestTimeoutMs = 5000;
/** The time between two checks for a stream, while no stream accepts frames. */
const restoreMs = 5000;

/** The settings of a stream that keeps that. */
export function describeWanted(retention: StreamRetention): Wanted {
  const defaultValue = {
    subjects: [allFrames, allEvents],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
  };
  if (retention === 'newest') {
    return { ...defaultValue, storage: StorageType.Memory, max_msgs_per_subject: 1, max_age: nanos(newestAgeMs) };
  }
  const isCounted = 'frames' in retention;
  return {
    ...defaultValue,
    // Frames that are kept for later need more room than memory has, and must survive a restart.
    storage: StorageType.File,
    max_msgs_per_subject: isCounted ? retention.frames : -1,
    max_age: isCounted ? 0 : nanos(retention.ms),
  };
}

/** The one stream that takes those frames; undefined where there is none. @throws CodedError STREAM_UNUSABLE */
export async function findStream(manager: JetStreamManager, subject: string): Promise<StreamConfig | undefined> {
  const names = await listStreams(manager, subject);
  if (names.length > 1) {
    const advice = 'name what one of them has with --subject';
    throw unusable(`Cannot receive ${subject} as it must be in one stream: it is in ${names.join(', ')}; ${advice}`);
  }
  return names[0] === undefined ? undefined : (await manager.streams.info(names[0])).config;
}

/** For streams and consumers. @throws CodedError STREAM_UNUSABLE where the server has no JetStream */
export async function openManager(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: true });
  } catch (error) {
    // In a cluster it does not answer for a while whenever a server goes.
    const why = isUnanswered(error) ? 'it must have JetStream (nats-server -js): ' : '';
    throw unusable(
      `Cannot use the NATS server ${connection.getServer()} as ${why}${describeStreamError(error)}`,
      error,
    );
  }
}

/** The streams that there are for frames. */
export interface FoundStreams {
  /** Their names; undefined where this user may not look. */
  readonly streams: readonly string[] | undefined;
  /** How the only one differs from what is wanted, in words; empty where it does not. */
  readonly difference: string;
  /** Why nothing can be published there, and what to do. */
  readonly problem?: string | undefined;
}

/** Looks, and makes none. @param subject of what is to be published, where it is one @throws CodedError STREAM_UNUSABLE */
export async function inspectStreams(
  connection: NatsConnection,
  retention: StreamRetention,
  subject?: string,
): Promise<FoundStreams> {
  try {
    const { names, infos } = await readStreams(await openManager(connection), subject ?? allFrames);
    const isTaken = subject === undefined || infos.length === 0 || findStreamFor(infos, subject) !== undefined;
    if (!isTaken) {
      const problem = `no stream accepts ${subject} unless the server maps it: ${adviseOn(infos, subject)}`;
      return { streams: names, difference: '', problem };
    }
    return { streams: names, difference: compare(infos, describeWanted(retention)), problem: findProblem(infos) };
  } catch (error) {
    if (findDeniedWithin(error) !== undefined) return { streams: undefined, difference: '' };
    throw toUnusable(error);
  }
}

/** Makes sure that a stream accepts the published frames. */
export class StreamProvisioner {
  readonly #retention: StreamRetention;
  readonly #log: Log;
  /** The subject of the published frames, if it is only one. */
  readonly #subject: string | undefined;
  /** The last line about the stream. After a reconnection the same line is not printed again. */
  #told = '';
  /** The streams as they were when they were read last. */
  #streams: readonly StreamInfo[] = [];
  #looking: Promise<void> | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(retention: StreamRetention, log: Log, subject?: string) {
    this.#retention = retention;
    this.#log = log;
    this.#subject = subject;
  }

  /**
   * Makes the stream for all frames, or says in one line how the stream that is there differs. Never changes a stream. A user without
   * permission to read streams may still publish.
   * @throws CodedError STREAM_UNUSABLE
   */
  async ensure(connection: NatsConnection): Promise<void> {
    try {
      await this.#ensure(connection);
    } catch (error) {
      const denied = findDeniedWithin(error);
      if (denied !== undefined) {
        this.#log.info(`publishing to ${connection.getServer()}`);
        return this.#warn(`this user may not use ${denied}, so the publisher cannot check whether there is a stream`);
      }
      throw toUnusable(error);
    }
  }

  /** Checks the stream again after no stream accepted a frame, at most once per `restoreMs`, and makes it if it was deleted. Never throws. */
  restore(connection: NatsConnection): Promise<void> {
    if (performance.now() - this.#lookedMs < restoreMs) return this.#looking ?? Promise.resolve();
    this.#lookedMs = performance.now();
    this.#looking = this.#restore(connection).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** The stream that accepts the subject, as far as that is known. */
  findStreamFor(subject: string): StreamConfig | undefined {
    return findStreamFor(this.#streams, subject);
  }

  /** Advice for the case that no stream accepts the subject; empty if that is not known. */
  adviseOn(subject: string): string {
    const taker = this.findStreamFor(subject);
    if (taker !== undefined) return `: ${taker.name}, which should accept it, does not answer for now`;
    return this.#streams.length === 0 ? '' : `: ${adviseOn(this.#streams, subject)}`;
  }

  async #restore(connection: NatsConnection): Promise<void> {
    try {
      const manager = await openManager(connection);
      this.#streams = (await readStreams(manager, this.#subject ?? allFrames)).infos;
      if (this.#streams.length === 0) await createStream(manager, describeWanted(this.#retention));
    } catch {
      // The next publish fails too and reports why, and the next try is soon.
    }
  }

  async #ensure(connection: NatsConnection): Promise<void> {
    const manager = await openManager(connection);
    const wanted = describeWanted(this.#retention);
    let found = await readStreams(manager, this.#subject ?? allFrames);
    const isNew = found.names.length === 0;
    if (isNew) {
      await createStream(manager, wanted);
      found = await readStreams(manager, this.#subject ?? allFrames);
    }
    const { names, infos } = found;
    this.#streams = infos;
    const isTaken = this.#subject === undefined || this.findStreamFor(this.#subject) !== undefined;
    const problem = isTaken ? findProblem(infos) : undefined;
    if (problem !== undefined) throw unusable(`Cannot publish to ${connection.getServer()} as ${problem}`);
    this.#log.info(`publishing to ${connection.getServer()}${this.#describePlace(names, isNew, isTaken)}`);
    const difference = isTaken ? compare(infos, wanted) : '';
    const advice = 'it is used as it is; to replace it, stop all publishers, delete it, and start this publisher';
    this.#warn(difference === '' ? '' : `the stream ${names[0]} ${difference}: ${advice}`);
  }

  #describePlace(names: readonly string[], isNew: boolean, isTaken: boolean): string {
    const streams = `the ${names.length > 1 ? 'streams' : 'stream'} ${names.join(', ')}`;
    const as = this.#subject === undefined ? '' : `, as ${this.#subject}`;
    // The server may turn a subject into another before it looks for a stream.
    if (!isTaken) return `${as}, which the server must map: ${streams} ${names.length > 1 ? 'take' : 'takes'} others`;
    return `, into ${streams}${isNew ? ', which is new' : ''}${as}`;
  }

  #warn(line: string): void {
    if (line !== '' && line !== this.#told) this.#log.warn(line);
    this.#told = line;
  }
}

/** How the only stream differs from what is wanted, in words. A user that divides the cameras among several streams has reasons to. */
function compare([only, ...more]: readonly StreamInfo[], wanted: Wanted): string {
  return only === undefined || more.length > 0 ? '' : describeDifferences(only, wanted);
}

/** Why nothing goes into the only stream. */
function findProblem([only, ...more]: readonly StreamInfo[]): string | undefined {
  return only === undefined || more.length > 0 ? undefined : describeProblem(only.config);
}

function toUnusable(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  return unusable(`Cannot make or read the stream ${defaultStream}: ${describeStreamError(error)}`);
}
