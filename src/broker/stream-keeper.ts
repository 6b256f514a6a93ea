import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { errors, millis, type NatsConnection, nanos } from '@nats-io/transport-node';
import { CodedError } from '../protocol/errors.ts';
import type { Log } from '../system/log.ts';
import { describeBrokerError } from './broker-error.ts';
import { allEvents, allFrames } from './subjects.ts';

/** What a stream keeps of each camera: the newest frame, so many of the last, or those of the last time. */
export type StreamKeeping = 'newest' | { readonly frames: number } | { readonly ms: number };

/** What a stream is called that is made here. */
const usualStream = 'FRAMES';
/** A picture that nobody asked for in that time is of no use to anyone who wants the newest. */
const newestAgeMs = 10_000;
const requestTimeoutMs = 5000;
const mostStreams = 1000;
/** JSStreamNameExistErr of nats-server's errors.json. */
const streamNameInUse = 10058;

type Wanted = Pick<StreamConfig, 'subjects' | 'retention' | 'storage' | 'max_msgs_per_subject' | 'max_age' | 'discard'>;

/** The settings of a stream that keeps that. */
export function describeWanted(keeping: StreamKeeping): Wanted {
  const usual = {
    subjects: [allFrames, allEvents],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
  };
  if (keeping === 'newest') {
    return { ...usual, storage: StorageType.Memory, max_msgs_per_subject: 1, max_age: nanos(newestAgeMs) };
  }
  const isCounted = 'frames' in keeping;
  return {
    ...usual,
    // What is there for later is more than fits into memory, and is to be there after a restart.
    storage: StorageType.File,
    max_msgs_per_subject: isCounted ? keeping.frames : -1,
    max_age: isCounted ? 0 : nanos(keeping.ms),
  };
}

/** The one stream that takes those frames; undefined where there is none. @throws CodedError STREAM_UNUSABLE */
export async function findStream(manager: JetStreamManager, subject: string): Promise<StreamConfig | undefined> {
  const names = await listStreams(manager, subject);
  if (names.length > 1) {
    const advice = 'name what one of them has with --subject';
    throw unusable(`Cannot take ${subject} as one stream must hold it: ${names.join(', ')} do; ${advice}`);
  }
  return names[0] === undefined ? undefined : (await manager.streams.info(names[0])).config;
}

/** For streams and consumers. @throws CodedError STREAM_UNUSABLE where the server has no JetStream */
export async function openManager(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: true });
  } catch (error) {
    const why = findDenied(error) === undefined ? 'it must have JetStream (nats-server -js): ' : '';
    throw unusable(
      `Cannot use the NATS server ${connection.getServer()} as ${why}${describeStreamError(error)}`,
      error,
    );
  }
}

/** What there is for all frames. */
export interface FoundStreams {
  /** Their names; undefined where this user may not look. */
  readonly streams: readonly string[] | undefined;
  /** How the only one differs from what is wanted, in words; empty where it does not. */
  readonly difference: string;
}

/** Looks, and makes none. @throws CodedError STREAM_UNUSABLE */
export async function inspectStreams(connection: NatsConnection, keeping: StreamKeeping): Promise<FoundStreams> {
  try {
    const manager = await openManager(connection);
    const streams = await listStreams(manager, allFrames);
    return { streams, difference: await compare(manager, streams, describeWanted(keeping)) };
  } catch (error) {
    if (findDeniedWithin(error) !== undefined) return { streams: undefined, difference: '' };
    throw toUnusable(error);
  }
}

/** Sees to it that a stream takes what is published. */
export class StreamKeeper {
  readonly #keeping: StreamKeeping;
  readonly #log: Log;
  /** The subject of what is published, where it is one. */
  readonly #subject: string | undefined;
  /** What was told of the stream last: a connection that comes and goes does not tell it again and again. */
  #told = '';

  constructor(keeping: StreamKeeping, log: Log, subject?: string) {
    this.#keeping = keeping;
    this.#log = log;
    this.#subject = subject;
  }

  /**
   * Makes the stream that is to take all frames, or says in one line how the one that is there differs. Changes none. Who may not look at
   * streams may publish all the same.
   * @throws CodedError STREAM_UNUSABLE
   */
  async ensure(connection: NatsConnection): Promise<void> {
    try {
      await this.#ensure(connection);
    } catch (error) {
      const denied = findDeniedWithin(error);
      if (denied !== undefined) {
        this.#log.info(`publishing to ${connection.getServer()}`);
        return this.#warn(`this user may not use ${denied}, so that nobody looks whether a stream is there`);
      }
      throw toUnusable(error);
    }
  }

  /** Makes it again where it was deleted; what goes wrong with that is told of by whoever publishes. */
  async restore(connection: NatsConnection): Promise<void> {
    try {
      const manager = await openManager(connection);
      if ((await listStreams(manager, allFrames)).length === 0) await create(manager, describeWanted(this.#keeping));
    } catch {
      // The next try is soon.
    }
  }

  async #ensure(connection: NatsConnection): Promise<void> {
    const manager = await openManager(connection);
    const wanted = describeWanted(this.#keeping);
    const names = await listStreams(manager, allFrames);
    const isNew = names.length === 0;
    if (isNew) names.push(await create(manager, wanted));
    const into = `the ${names.length > 1 ? 'streams' : 'stream'} ${names.join(', ')}${isNew ? ', which is new' : ''}`;
    const as = this.#subject === undefined ? '' : `, as ${this.#subject}`;
    this.#log.info(`publishing to ${connection.getServer()}, into ${into}${as}`);
    const difference = await compare(manager, names, wanted);
    const advice = 'it is used as it is; to have another, delete it and publish again';
    this.#warn(difference === '' ? '' : `the stream ${names[0]} ${difference}: ${advice}`);
  }

  #warn(line: string): void {
    if (line !== '' && line !== this.#told) this.#log.warn(line);
    this.#told = line;
  }
}

async function listStreams(manager: JetStreamManager, subject: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of manager.streams.names(subject)) {
    names.push(name);
    // Whoever says that there are more is no server to wait for.
    if (names.length >= mostStreams) break;
  }
  return names.sort();
}

/** Returns its name. */
async function create(manager: JetStreamManager, wanted: Wanted): Promise<string> {
  try {
    return (await manager.streams.add({ name: usualStream, allow_direct: true, ...wanted })).config.name;
  } catch (error) {
    // Another publisher was faster.
    const isThere = error instanceof JetStreamApiError && error.code === streamNameInUse;
    const [found] = isThere ? await listStreams(manager, allFrames) : [];
    if (found === undefined) throw error;
    return found;
  }
}

/** How the only stream differs from what is wanted, in words. Whoever divides the cameras among several has reasons of his own. */
async function compare(manager: JetStreamManager, names: readonly string[], wanted: Wanted): Promise<string> {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) return '';
  return describeDifferences((await manager.streams.info(name)).config, wanted);
}

/** How a stream differs from what is wanted, in words: empty where it does not matter. */
function describeDifferences(found: StreamConfig, wanted: Wanted): string {
  const kept = [found, wanted].map(describeKept);
  const differences = kept[0] === kept[1] ? [] : [`keeps ${kept[0]}, rather than ${kept[1]}`];
  for (const key of ['subjects', 'retention', 'discard'] as const) {
    const [is, should] = [found[key], wanted[key]].map((value) => (Array.isArray(value) ? value.join(' ') : value));
    if (is !== should) differences.push(`has ${key} ${is}, rather than ${should}`);
  }
  return differences.join(', and ');
}

function describeKept({ max_msgs_per_subject: count, max_age: age, storage }: Wanted): string {
  const frames = count === 1 ? 'the newest frame' : count > 1 ? `the last ${count} frames` : 'all frames';
  const time = age > 0 ? ` for ${millis(age) / 1000} s` : '';
  return `${frames} of each camera${time} ${storage === StorageType.File ? 'on disk' : 'in memory'}`;
}

export function describeStreamError(error: unknown): string {
  if (error instanceof JetStreamApiError) return error.message;
  const denied = findDenied(error);
  return denied === undefined ? describeBrokerError(error) : `this user may not use ${denied}`;
}

/** The subject that the user may not use, if that is why. */
function findDenied(error: unknown): string | undefined {
  const causes = [error, (error as Error | undefined)?.cause];
  return causes.find((cause) => cause instanceof errors.PermissionViolationError)?.subject;
}

/** As `findDenied`, where it may stand within one of our errors. */
function findDeniedWithin(error: unknown): string | undefined {
  return findDenied(error) ?? (error instanceof CodedError ? findDenied(error.cause) : undefined);
}

function toUnusable(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  return unusable(`Cannot make or read the stream ${usualStream}: ${describeStreamError(error)}`);
}

export function unusable(message: string, cause?: unknown): CodedError {
  return new CodedError('STREAM_UNUSABLE', message, { cause });
}
