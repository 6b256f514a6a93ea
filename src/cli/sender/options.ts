import { hostname } from 'node:os';
import { CodedError } from '../../errors.ts';
import { publishOptions } from '../../nats/options.ts';
import type { Options, Reader, Values } from '../../options/option.ts';
import { badOption, bytes, integer, oneOf } from '../../options/readers.ts';
import { readName as composeName, maxNameBytes } from '../../protocol/wire2/message.ts';
import { resultOptions } from '../../results/options.ts';
import type { TcpSenderOptions } from '../../transport/connect/tcp-sender.ts';
import { connectOptions, findOptions, receiverOptions, trustOptions } from './target.ts';

const group = 'Delivery:';

const senderName: Reader<string> = (text, name) => {
  const composed = composeName(text);
  if (composed !== undefined) return composed;
  const { length } = new TextEncoder().encode(text);
  if (length <= maxNameBytes) {
    throw badOption(name, '1 to 64 bytes without control characters, with something to be seen', text);
  }
  const limit = `1 to ${maxNameBytes} bytes`;
  throw new CodedError('BAD_OPTION', `Cannot use --${name} as it must be ${limit}: it is ${length} bytes`);
};

/** The name of a sender that is given none. */
function readHostName(): string {
  return composeName(hostname()) ?? 'unnamed';
}

/** How frames are sent. */
const deliveryOptions = {
  name: {
    group,
    describe: 'Name of the camera at the receiver: 1 to 64 bytes, with at least one visible character',
    without: 'the host name',
    read: senderName,
  },
  deliver: {
    group,
    describe: '`latest`: send the newest frame, drop older ones; `every`: send all frames, again where they were lost',
    without: '`latest`; video, folder, and a file on standard input: `every`',
    read: oneOf('latest', 'every'),
  },
  'in-flight': {
    group,
    describe: 'With `latest`: maximum number of frames without an acknowledgement',
    default: '2',
    read: integer(1, 1000),
    notWith: {
      deliver: {
        is: 'every',
        unless: ['publish'],
        why: 'the default for files, where --buffer limits the frames in flight: leave one of them out',
      },
    },
  },
  buffer: {
    group,
    describe: 'With `every`: maximum number of bytes that wait to be sent or acknowledged',
    details: 'Those of a camera that wait count too; what does not fit is dropped. One frame always fits',
    default: '16M',
    read: bytes(1, 4e9),
    notWith: {
      deliver: {
        is: 'latest',
        why: 'the default for live sources, where only the newest frame waits: add --deliver every, or leave --buffer out',
      },
    },
  },
} satisfies Options;

const endOptions = {
  count: {
    group: 'End:',
    describe: 'End after this many frames; 0: never',
    default: '0',
    read: integer(0, 1e9),
  },
} satisfies Options;

/** How frames are sent, to a receiver or to a NATS server. */
export function readDelivery(
  values: Values<typeof deliveryOptions & typeof endOptions>,
): Pick<TcpSenderOptions, 'name' | 'maxInFlight' | 'bufferBytes' | 'count'> {
  const { name = readHostName(), 'in-flight': maxInFlight, buffer: bufferBytes, count } = values;
  return { name, maxInFlight, bufferBytes, count };
}

/** By topic; those of sources are theirs. */
export const senderTopics = {
  receiver: { ...receiverOptions, ...findOptions },
  trust: trustOptions,
  nats: publishOptions,
  connect: connectOptions,
  delivery: deliveryOptions,
  results: resultOptions,
  end: endOptions,
};

/** All that is not about one kind of source. */
export const senderOptions = {
  ...receiverOptions,
  ...findOptions,
  ...trustOptions,
  ...publishOptions,
  ...connectOptions,
  ...deliveryOptions,
  ...resultOptions,
  ...endOptions,
};
