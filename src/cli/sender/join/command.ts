import { CodedError } from '../../../errors.ts';
import type { Command } from '../../../options/commands.ts';
import type { Options, Reader } from '../../../options/option.ts';
import { badOption, flag, host, integer, text, timeoutMs } from '../../../options/readers.ts';
import { type BadCode, codeLength, readJoinCode } from '../../../protocol/join/join-code.ts';

const group = 'Receiver:';

const code: Reader<string> = (text) => {
  const found = readJoinCode(text);
  if (typeof found === 'string') return found;
  const advice = 'Compare it with the line that image-receiver invite CAMERA printed';
  throw new CodedError('BAD_OPTION', `Cannot use the code ${text}: ${describe(found)}. ${advice}`);
};

/** Hosts that may be given. */
const maxHosts = 8;

const hosts: Reader<readonly string[]> = (text, name) => {
  const texts = text.split(',').map((one) => one.trim());
  if (texts.length <= maxHosts && !texts.includes('')) return texts.map((one) => host(one, name));
  throw badOption(name, `1 to ${maxHosts} names or addresses with commas between`, text);
};

export const joinOptions = {
  code: {
    positional: true,
    describe: 'Code that `image-receiver invite` printed',
    read: code,
  },
  camera: {
    group,
    describe:
      'Read the QR code of `image-receiver invite` with the first camera that is there, or with the one that is named: `rpicam`, or the number or path of a USB camera',
    alone: 'first',
    read: text,
    notWith: { code: 'as the code is in the QR code: leave one out' },
  },
  host: {
    group,
    describe: 'Name or address of the receiver; several with commas between are tried in turn',
    without: 'the receiver of this machine, or those that announce themselves in the network',
    read: hosts,
  },
  port: { group, describe: 'Port of the receiver', default: '8080', read: integer(1, 65535) },
  find: {
    group,
    describe: 'Without --host, and without a receiver on this machine: look for one in the network',
    without: '`--no-find` does not look',
    default: 'true',
    read: flag,
  },
  'connect-timeout': { group, describe: 'Longest wait for a connection', default: '10s', read: timeoutMs },
} satisfies Options;

/** `image-sender join` */
export const joinCommand: Command = {
  command: 'join',
  describe: 'Join a receiver with a code: from then on no option about the receiver is needed',
  options: joinOptions,
  isApart: true,
  needs: { refused: 'as it ends at once' },
  examples: [
    ['join 3k7m-9q2x-ab12-cd3x', 'join the receiver that printed this code'],
    ['join 3k7m-9q2x-ab12-cd3x --host my-pc.local', 'the same, where the network has no multicast'],
    ['join --camera', 'join the receiver whose QR code is held before the lens'],
  ],
};

function describe(bad: BadCode): string {
  switch (bad.why) {
    case 'length':
      return `it must have ${codeLength} letters and digits: it has ${bad.letters}`;
    case 'letter':
      return `no code has the sign ${JSON.stringify(bad.letter)}`;
    case 'typing':
      return 'a letter is wrong, or two have changed places';
  }
}
