import type { NatsOptions } from '../../nats/nats.ts';
import { readNats } from '../../nats/options.ts';
import type { StreamRetention } from '../../nats/stream-provisioner.ts';
import { checkRun, type ParsedWords } from '../../options/commands.ts';
import type { Values } from '../../options/option.ts';
import { readOptions } from '../../options/read-options.ts';
import type { Delivery } from '../../protocol/frame.ts';
import type { resultOptions } from '../../results/options.ts';
import { type ChosenSource, chooseSource } from '../../sources/choose-source.ts';
import type { TcpSenderOptions } from '../../transport/connect/tcp-sender.ts';
import { senderCommandLine } from './commands.ts';
import { findFor } from './find.ts';
import { readSenderIdentity } from './identity.ts';
import { readJoined } from './join/joined-target.ts';
import { readDelivery, senderOptions } from './options.ts';
import { readSenderTarget } from './target.ts';

/** A NATS server that takes the pictures in place of a receiver. */
export interface PublishingChoice {
  readonly options: NatsOptions;
  readonly retention: StreamRetention;
  /** A camera without a picture for this time is reported as stalled: milliseconds. */
  readonly stallAfterMs: number;
}

export interface SenderSettings {
  readonly source: ChosenSource;
  readonly sender: Omit<TcpSenderOptions, 'delivery'>;
  readonly nats: PublishingChoice | undefined;
  readonly delivery: Delivery;
  readonly results: Values<typeof resultOptions>;
}

/** As receivers count. */
const minStallMs = 10_000;
/** As the Python programs give up; a NATS server may be away for longer. */
const receiverRetries = 10;

/** @throws CodedError BAD_OPTION */
export function readSenderSettings(run: ParsedWords): SenderSettings {
  checkRun(senderCommandLine, run);
  const source = chooseSource(run);
  const values = readOptions(senderOptions, run.options);
  const { publish, deliver: delivery = source.delivery } = values;
  // Once more, as the source's own delivery counts like one that was typed.
  checkRun(senderCommandLine, { ...run, options: { ...run.options, deliver: delivery } });
  const retries = values.retries ?? (publish === undefined ? receiverRetries : 0);
  return {
    source,
    delivery,
    results: values,
    nats: readPublishing(values, retries, source.intervalMs),
    sender: {
      ...readSenderTarget(values),
      ...readDelivery(values),
      retries,
      identity: readSenderIdentity(source.device),
      find: findFor(run.options, values),
      ...readJoined(run.options, values),
    },
  };
}

/** Undefined: pictures go to a receiver. @throws CodedError BAD_OPTION */
export function readPublishing(
  values: Values<typeof senderOptions>,
  retries: number,
  intervalMs: number,
): PublishingChoice | undefined {
  const { publish, 'publish-stream': retention, 'connect-timeout': connectTimeoutMs } = values;
  if (publish === undefined) return undefined;
  const options = readNats(publish, values, { clientName: 'image-sender', retries, connectTimeoutMs });
  return { options, retention, stallAfterMs: Math.max(minStallMs, 3 * intervalMs) };
}
