import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  type StreamInfo,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { onAbort } from '../../system/abort.ts';
import { unusable } from '../stream-errors.ts';

/** One connection, and the stream that is there. */
export interface StreamContext {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly stream: StreamInfo;
  /** Of the frames that are wanted. */
  readonly subject: string;
  /** Aborts when the connection is gone, or about to go as `stop` has aborted. */
  readonly over: AbortSignal;
  /** Aborts when the program ends. */
  readonly stop: AbortSignal;
}

/** How the messages of a stream are taken. */
export interface ConsumerStrategy {
  /** @throws CodedError STREAM_UNUSABLE, or what the library throws, where the stream cannot be used */
  open(context: StreamContext): Promise<ConsumerInfo>;
  /** Resolves when the consumer has to be made anew, or it is over: with what the server says, where that is why. */
  consume(context: StreamContext, consumer: ConsumerInfo): Promise<string | undefined>;
}

const ownIdleMs = 30_000;
const groupIdleMs = 24 * 3600 * 1000;
/** JSConsumerNotFoundErr of nats-server's errors.json. */
const consumerNotFound = 10014;
/** And JSStreamNotFoundErr. */
const streamNotFound = 10059;

/** A consumer for this program alone. The server deletes it soon after the program is gone. */
export async function makeOwnConsumer(context: StreamContext, from: Partial<ConsumerConfig>): Promise<ConsumerInfo> {
  return await context.manager.consumers.add(context.stream.config.name, {
    ...from,
    ack_policy: AckPolicy.None,
    filter_subject: context.subject,
    inactive_threshold: nanos(ownIdleMs),
    mem_storage: true,
  });
}

/** Uses a consumer of this program alone, and has the server remove it when it is over. @throws what `use` throws */
export async function withOwnConsumer<T>(
  context: StreamContext,
  consumer: ConsumerInfo,
  use: () => Promise<T>,
): Promise<T> {
  const { connection, over } = context;
  const remove = () => {
    // No answer is waited for: at the end of the program nobody holds that up.
    if (!connection.isClosed()) {
      connection.publish(`$JS.API.CONSUMER.DELETE.${consumer.stream_name}.${consumer.name}`);
    }
  };
  // At the end of the program the connection is not there for much longer.
  const stopWatching = onAbort(over, remove);
  try {
    return await use();
  } finally {
    stopWatching();
    if (!over.aborted) remove();
  }
}

/** Where messages of a consumer are asked for. */
export function refTo({ connection, manager }: StreamContext, { stream_name: stream, name, created }: ConsumerInfo) {
  const isGone = async () => {
    try {
      return (await manager.consumers.info(stream, name)).created !== created;
    } catch (error) {
      return error instanceof JetStreamApiError && [consumerNotFound, streamNotFound].includes(error.code);
    }
  };
  return { connection, stream, consumer: name, isGone };
}

/**
 * The consumer of a group of workers.
 * @param batch messages that are asked for at once, at most
 * @throws CodedError STREAM_UNUSABLE where one of that name is something else
 */
export async function ensureGroupConsumer(context: StreamContext, group: string, batch: number): Promise<ConsumerInfo> {
  const { manager, stream, subject } = context;
  const found = await manager.consumers.info(stream.config.name, group).catch((error) => {
    if (error instanceof JetStreamApiError && error.code === consumerNotFound) return undefined;
    throw error;
  });
  const wanted = { ack_policy: AckPolicy.None, filter_subject: subject };
  // Another worker that makes the same at the same time changes nothing.
  const consumer =
    found ??
    (await manager.consumers.add(stream.config.name, {
      ...wanted,
      durable_name: group,
      deliver_policy: DeliverPolicy.New,
      max_deliver: 1,
      inactive_threshold: nanos(groupIdleMs),
      mem_storage: true,
    }));
  const { config } = consumer;
  const max = config.max_batch ?? 0;
  const differences = [
    ...(config.ack_policy === wanted.ack_policy ? [] : [`ack_policy ${config.ack_policy} rather than none`]),
    ...(config.filter_subject === subject ? [] : [`filter_subject ${config.filter_subject} rather than ${subject}`]),
    ...(config.deliver_subject === undefined ? [] : ['a deliver_subject']),
    ...(config.headers_only === true ? ['headers_only'] : []),
    ...(max > 0 && max < batch ? [`max_batch ${max} rather than at least ${batch} (--batch)`] : []),
  ];
  if (differences.length === 0) return consumer;
  throw unusable(
    `Cannot share frames as the group ${group} is there already, with ${differences.join(', ')}: name another with --group`,
  );
}
