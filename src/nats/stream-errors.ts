import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { CodedError } from '../errors.ts';
import { describeNatsError } from './nats-error.ts';

/** Error codes of nats-server's errors.json that are dealt with here. */
export const serverErrors = {
  noPeers: 10005,
  messageTooLong: 10054,
  nameInUse: 10058,
  subjectsOverlap: 10065,
  replicasUnsupported: 10074,
  sealed: 10109,
} as const;

const frees = 'raise the limit at the server, or have the streams keep less';
const queue =
  'pictures are received only from streams with retention limits: delete it and publish again, or name another';
const quorum = 'more than half of the servers of the cluster, and of those that hold the stream, must be there';

/** Advice for errors, by their codes. */
const adviceOf: Readonly<Record<number, string>> = {
  // JSAccountResourcesExceededErr, JSInsufficientResourcesErr, JSMemoryResourcesExceededErr, JSStorageResourcesExceededErr
  10002: `${frees} (max_mem, max_file of the account)`,
  10023: `${frees} (max_mem, max_file)`,
  10028: `${frees} (max_mem)`,
  10047: `${frees} (max_file)`,
  // JSClusterNoPeersErrF
  [serverErrors.noPeers]: 'more servers of the cluster must have JetStream and be there',
  // JSClusterNotAvailErr, JSClusterNotLeaderErr, JSStreamOfflineErr
  10008: quorum,
  10009: quorum,
  10118: quorum,
  // JSMaximumConsumersLimitErr, JSMaximumStreamsLimitErr
  10026: 'raise max_consumers of the stream or the account, or end other subscribers',
  10027: 'raise max_streams of the account, or delete a stream',
  [serverErrors.nameInUse]: 'a stream of that name has other subjects: add frames.> and events.> to them, or delete it',
  [serverErrors.subjectsOverlap]: 'take the subject out of that stream, or add frames.> and events.> to it',
  // JSStreamStoreFailedF: the text before says which.
  10077: 'raise that limit of the stream, or set its discard to old',
  // JSConsumerPullRequiresAckErr, and four of streams with retention workqueue
  10084: queue,
  10098: queue,
  10099: queue,
  10100: queue,
  10101: queue,
  [serverErrors.sealed]: 'a sealed stream accepts nothing: delete it and publish again',
  // JSStreamMaxBytesRequired, JSStreamMaxStreamBytesExceeded
  10113: 'make the stream yourself, with max_bytes',
  10122: 'make the stream yourself, with a lower max_bytes',
};

/** Describes an error of a stream or a consumer, with advice where there is some. */
export function describeStreamError(error: unknown): string {
  const denied = findDenied(error);
  if (denied !== undefined) return `this user may not use ${denied}`;
  // The library takes every answer for what it should be.
  if (error instanceof TypeError || error instanceof SyntaxError) return 'its answer is not one of JetStream';
  if (!(error instanceof JetStreamApiError)) return describeNatsError(error) || 'its answer is not one of JetStream';
  const advice = adviceOf[error.code];
  return advice === undefined ? error.message : `${error.message}: ${advice}`;
}

/** Whether it is one of the server's, of one of those codes. */
export function isApiError(error: unknown, ...codes: readonly number[]): error is JetStreamApiError {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

/** Whether nobody answered: no JetStream, for this account at least, or no stream that takes what was published. */
export function isUnanswered(error: unknown): boolean {
  // The library does not give away the class.
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

/** The subject that the user may not use, if that is why. */
export function findDenied(error: unknown): string | undefined {
  const causes = [error, (error as Error | undefined)?.cause];
  return causes.find((cause) => cause instanceof errors.PermissionViolationError)?.subject;
}

/** As `findDenied`, also within one of our errors. */
export function findDeniedWithin(error: unknown): string | undefined {
  return findDenied(error) ?? (error instanceof CodedError ? findDenied(error.cause) : undefined);
}

export function unusable(message: string, cause?: unknown): CodedError {
  return new CodedError('STREAM_UNUSABLE', message, { cause });
}
