import { readBasicPassword } from '../../../src/sinks/web/access/basic-password.ts';
import { isCrossSite, isLocalHost } from '../../../src/sinks/web/access/origin.ts';
import { readRange } from '../../../src/sinks/web/http/byte-range.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { toBytes } from './seeds.ts';
import { textStructure } from './structures.ts';

const texts = [
  'bytes=0-499',
  'bytes=-500',
  'bytes=9500-',
  'basic cGk6c2VjcmV0',
  'pc.local:8080',
  '[fe80::1]:8080',
  'https://garden.example:443',
  'null',
  '192.168.1.7',
] as const;

/** Each header is read as all that it may be. */
function check(input: Uint8Array): Outcome {
  const text = new TextDecoder('latin1').decode(input);
  const kinds = [0, 1, 500, 2 ** 53 - 1].map((bytes) => describeRange(text, bytes));
  const hasPassword = readBasicPassword(text) !== undefined;
  const isLocal = isLocalHost(text, ['garden']);
  const isCross = isCrossSite({ host: 'pc.local', origin: text, site: undefined, mode: undefined });
  return { code: undefined, signature: [kinds, hasPassword, isLocal, isCross].join(' '), bytes: input.length * 7 };
}

/** @throws Failure where the range is not within the file */
function describeRange(text: string, bytes: number): string {
  const range = readRange(text, bytes);
  if (range === undefined || range === 'none') return String(range);
  const { first, last } = range;
  if (!(first >= 0 && first <= last && last < bytes)) throw new Failure(`${first} to ${last} of ${bytes} bytes`);
  return 'range';
}

/** Headers of requests for the page. */
export const web: Target = {
  seed: (random) => toBytes(random.pick(texts)),
  structure: textStructure(['bytes=', '-', ',', ':', '[', ']', '.', '@', 'basic ', '=', ' ', '\0', '.local', '%00']),
  check,
};
