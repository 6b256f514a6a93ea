import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { errors, type NatsConnection, nanos } from '@nats-io/transport-node';
import { CodedError } from '../protocol/errors.ts';
import type { Log } from '../system/log.ts';
import { describeBrokerError } from './broker-error.ts';
import { allEvents, allFrames } from './subjects.ts';

/** What a stream keeps of each camera: the newest frame, so many of the last, or those of the last time. */
export type StreamKeeping = 'newest' | { readonly frames: number } | { readonly ms: number };

/** What a stream is called that is made here. */
export const usualStream = 'FRAMES';
/** A picture that nobody asked for in that time is of no use to anyone who wants the newest. */
const newestAgeMs = 10_000;
const requestTimeoutMs = 5000;
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

/** The stream that takes frames; undefined where there is none. @throws CodedError STREAM_UNUSABLE */
export async function findStream(manager: JetStreamManager, subject: string): Promise<StreamConfig | undefined> {
  const names: string[] = [];
  for await (const name of manager.streams.names(subject)) names.push(name);
  if (names.length > 1) {
    const advice = 'name the subject of one of them, or its cameras';
    throw unusable(`Cannot take ${subject} as one stream must hold it: ${names.join(', ')} do; ${advice}`);
  }
  return names[0] === undefined ? undefined : (await manager.streams.info(names[0])).config;
}

/** For streams and consumers. @throws CodedError STREAM_UNUSABLE where the server has no JetStream */
export async function openManager(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: true });
  } catch (error) {
    throw unusable(
      `Cannot use the NATS server ${connection.getServer()} as it must have JetStream (nats-server -js): ${describeStreamError(error)}`,
    );
  }
}

/** Makes the stream that is to take all frames, or says in one line how the one that is there differs. Changes none. @throws CodedError STREAM_UNUSABLE */
export async function ensureStream(connection: NatsConnection, keeping: StreamKeeping, log: Log): Promise<void> {
  const manager = await openManager(connection);
  const wanted = describeWanted(keeping);
  try {
    const there = await findStream(manager, allFrames);
    const found = there ?? (await create(manager, wanted));
    const differences = describeDifferences(found, wanted);
    const isNew = there === undefined ? ', which is new' : '';
    log.info(`publishing to ${connection.getServer()}, into the stream ${found.name}${isNew}`);
    if (differences.length === 0) return;
    const advice = 'it is used as it is; --publish-stream or `nats stream edit` make them agree';
    log.warn(`the stream ${found.name} has ${differences.join(', ')}: ${advice}`);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw unusable(`Cannot make or read the stream ${usualStream}: ${describeStreamError(error)}`);
  }
}

/** Makes it again where it was deleted; what goes wrong with that is told of by whoever publishes. */
export async function restoreStream(connection: NatsConnection, keeping: StreamKeeping): Promise<void> {
  try {
    const manager = await openManager(connection);
    if ((await findStream(manager, allFrames)) === undefined) await create(manager, describeWanted(keeping));
  } catch {
    // The next try is soon.
  }
}

async function create(manager: JetStreamManager, wanted: Wanted): Promise<StreamConfig> {
  try {
    return (await manager.streams.add({ name: usualStream, allow_direct: true, ...wanted })).config;
  } catch (error) {
    // Another publisher was faster.
    const isThere = error instanceof JetStreamApiError && error.code === streamNameInUse;
    const found = isThere ? await findStream(manager, allFrames) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/** As `name value rather than wanted value`. */
export function describeDifferences(found: StreamConfig, wanted: Wanted): string[] {
  const format = (value: unknown) => (Array.isArray(value) ? value.join(' ') : String(value));
  const keys = ['subjects', 'retention', 'storage', 'max_msgs_per_subject', 'max_age', 'discard'] as const;
  return keys
    .filter((key) => format(found[key]) !== format(wanted[key]))
    .map((key) => `${key} ${format(found[key])} rather than ${format(wanted[key])}`);
}

export function describeStreamError(error: unknown): string {
  if (error instanceof JetStreamApiError) return error.message;
  if (error instanceof errors.PermissionViolationError) return `this user may not use ${error.subject}`;
  return describeBrokerError(error);
}

export function unusable(message: string): CodedError {
  return new CodedError('STREAM_UNUSABLE', message);
}
