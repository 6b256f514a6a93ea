import { natsAddress, type natsLoginOptions, readNats } from '../../nats/options.ts';
import type { SubscriptionMode, SubscriptionOptions } from '../../nats/subscribing/subscription.ts';
import type { Options, Reader, Values } from '../../options/option.ts';
import { badOption, durationMs, flag, integer } from '../../options/readers.ts';
import type { FrameLimits } from '../../protocol/frame.ts';

const group = 'NATS:';
const maxWaitMs = 60_000;
const connectTimeoutMs = 5000;

/** `frames.`, and then tokens as NATS knows them. */
const subject: Reader<string> = (text, name) => {
  if (/^frames(\.([0-9A-Za-z_-]+|\*))*\.([0-9A-Za-z_-]+|\*|>)$/.test(text)) return text;
  throw badOption(name, 'a subject such as frames.garden or frames.north.>', text);
};

const wait: Reader<number> = (text, name) => {
  const ms = durationMs(text, name);
  if (ms > maxWaitMs) throw badOption(name, 'at most 60s', text);
  return ms;
};

const groupName: Reader<string> = (text, name) => {
  if (/^[0-9A-Za-z_-]{1,64}$/.test(text)) return text;
  throw badOption(name, '1 to 64 letters, digits, - and _', text);
};

/** Frames from a NATS server. */
export const subscriptionOptions = {
  subscribe: {
    group,
    describe: 'Receive pictures from this NATS server; no port is opened',
    read: natsAddress,
    holds: 'login',
  },
  subject: {
    group,
    describe: 'Cameras to receive, as a NATS subject: `frames.garden`, or `frames.north.>`',
    default: 'frames.>',
    read: subject,
    needs: 'subscribe',
  },
  replay: {
    group,
    describe: 'Start with the oldest picture that the stream keeps, and receive every picture',
    default: 'false',
    read: flag,
    needs: 'subscribe',
  },
  batch: {
    group,
    describe:
      'Share the pictures with other receivers of the group; get at most this many of the newest at once, no picture twice',
    read: integer(1, 1000),
    needs: 'subscribe',
    notWith: { replay: 'as it is for the newest: give one' },
  },
  wait: {
    group,
    describe: 'Longest wait for a full batch',
    default: '50ms',
    read: wait,
    needs: 'batch',
  },
  group: {
    group,
    describe: 'Name of the group of receivers that share pictures',
    default: 'workers',
    read: groupName,
    needs: 'batch',
  },
} satisfies Options;

/** Undefined without --subscribe. @throws CodedError BAD_OPTION */
export function readSubscription(
  values: Values<typeof subscriptionOptions & typeof natsLoginOptions>,
  limits: FrameLimits,
  idleTimeoutMs: number,
): SubscriptionOptions | undefined {
  const { subscribe } = values;
  if (subscribe === undefined) return undefined;
  const nats = readNats(subscribe, values, { clientName: 'image-receiver', retries: 0, connectTimeoutMs });
  return { nats, subject: values.subject, limits, idleTimeoutMs, mode: readMode(values) };
}

function readMode({ replay, batch, group, wait: waitMs }: Values<typeof subscriptionOptions>): SubscriptionMode {
  if (batch === undefined) return { kind: replay ? 'replay' : 'newest' };
  return { kind: 'shared', group, batch, waitMs };
}
