import { fieldBytes, formatTime, parseMarkedTime, parseTime } from '../../../src/protocol/classic/classic-field.ts';
import { formatIso, parseIso } from '../../../src/protocol/clock/iso-time.ts';
import { hasUnprintable, replaceUnprintable } from '../../../src/protocol/unprintable.ts';
import { isStreamId, readName } from '../../../src/protocol/wire2/message.ts';
import { expectCode } from '../check-stream.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { seedName, toBytes } from './seeds.ts';
import { textStructure } from './structures.ts';

/** @throws Failure where a time or a name that is taken is another when it is written and read again */
function check(input: Uint8Array): Outcome {
  const text = new TextDecoder().decode(input);
  const time = readTime(input.subarray(0, fieldBytes));
  const iso = parseIso(text);
  if (iso !== undefined && formatIso(iso) !== text) throw new Failure(`${text} is read as ${formatIso(iso)}`);
  const name = readName(text);
  if (name !== undefined && readName(name) !== name) throw new Failure('a name is another when it is read again');
  if (hasUnprintable(replaceUnprintable(text))) throw new Failure('a text is still unprintable');
  const signature = [time, iso === undefined, name === undefined, name === text, isStreamId(text)].join(' ');
  return { code: undefined, signature, bytes: input.length * 4 };
}

function readTime(field: Uint8Array): string {
  try {
    const { capturedAtUs, mark } = parseMarkedTime(field);
    if (parseTime(formatTime(capturedAtUs)) !== capturedAtUs)
      throw new Failure(`${capturedAtUs} is written as another`);
    if (mark !== undefined && !(isStreamId(mark.stream) && mark.sequence >= 1)) throw new Failure('a mark is none');
    return `time ${mark === undefined}`;
  } catch (error) {
    return expectCode(error, ['BAD_TIME']).code;
  }
}

/** Times, marks, names and stream ids: the short texts of both wires. */
export const times: Target = {
  seed: (random) =>
    toBytes(
      random.pick([
        '2026-01-31 12:00:00.123456 is2/garden-k3x9f2ab/17',
        '2026-01-31 12:00:00',
        '2026-01-31T12:00:00.123456Z',
        seedName(random),
      ]),
    ),
  structure: textStructure([
    ' is2/',
    '/',
    '-',
    ':',
    '.',
    ' ',
    'Z',
    'T',
    '\u200b',
    '\u0301',
    '\u3164',
    '\ud83d\ude00',
    '\u2028',
    '0000',
    '9999',
  ]),
  check,
};
