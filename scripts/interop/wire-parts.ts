import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

// Reads recorded bytes by the specification and not with our own decoders, which are what is being compared.

/** A classic frame, a message of wire 2 by its type, or what is neither. */
export interface Part {
  readonly type: string;
  readonly bytes: Buffer;
}

const fieldBytes = 64;
const headBytes = 12;
const magic = Buffer.from('ab495302', 'hex');
const chanceBytes = 8;

/** All bytes of one direction, in order; what is not whole at the end is of the type `torn`. */
export function splitParts(bytes: Uint8Array): Part[] {
  const parts: Part[] = [];
  let rest = Buffer.from(bytes);
  while (rest.length > 0) {
    const part = readPart(rest);
    parts.push(part);
    rest = rest.subarray(part.bytes.length);
  }
  return parts;
}

function readPart(rest: Buffer): Part {
  const isMessage = rest.subarray(0, magic.length).equals(magic);
  if (!isMessage && !/^\d/.test(rest.toString('latin1', 0, 1))) return { type: 'unknown', bytes: rest };
  if (rest.length < (isMessage ? headBytes : fieldBytes)) return { type: 'torn', bytes: rest };
  const length = isMessage
    ? headBytes + rest.readUInt32BE(8)
    : 2 * fieldBytes + Number(rest.toString('latin1', 0, fieldBytes));
  if (!(length <= rest.length)) return { type: 'torn', bytes: rest };
  return { type: isMessage ? rest.toString('latin1', 4, 8) : 'classic', bytes: rest.subarray(0, length) };
}

/** The highest sequence number that is answered for, 0 where none is. */
export function findAnswered(parts: readonly Part[]): number {
  const sequences = parts
    .filter(({ type }) => type === 'ACKN' || type === 'skip')
    .map(({ bytes }) => Number(bytes.readBigUInt64BE(headBytes)));
  return Math.max(0, ...sequences);
}

/**
 * One line for each part, equal where the bytes are equal but for those that differ from run to run: times, latencies,
 * the chance in a stream's id, and reasons, which are words for people. Pings and pongs come when the clock says so:
 * each kind of them is one line at the end.
 */
export function describeParts(parts: readonly Part[]): string[] {
  const isTimed = ({ type }: Part) => type === 'ping' || type === 'pong';
  const timed = new Set(parts.filter(isTimed).map(describePart));
  return [...parts.filter((part) => !isTimed(part)).map(describePart), ...[...timed].sort()];
}

function describePart({ type, bytes }: Part): string {
  const masked = mask(type, bytes);
  const digest = createHash('sha256').update(masked).digest('hex').slice(0, 16);
  return `${type} of ${masked.length} bytes, ${digest}: ${masked.toString('hex', 0, 48)}`;
}

function mask(type: string, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  switch (type) {
    case 'classic':
      return maskClassic(copy);
    case 'HELO':
      return maskHello(copy);
    case 'FRAM':
      return copy.fill(0, headBytes + 8, headBytes + 24);
    case 'ACKN':
      return copy.fill(0, headBytes + 8, headBytes + 16);
    case 'ping':
    case 'pong':
      return copy.fill(0, headBytes);
    case 'skip':
      return cutReason(copy, headBytes + 8);
    case 'FAIL':
      return cutReason(copy, headBytes);
    default:
      return copy;
  }
}

/**
 * The chance in the stream's id. The fields behind the token are cut off: a commit may have more of
 * them than another, and they name machine and version.
 */
function maskHello(bytes: Buffer): Buffer {
  const name = headBytes + 1 + (bytes[headBytes] ?? 0);
  bytes.fill('?', name - chanceBytes, name);
  const token = name + 6 + (bytes[name + 5] ?? 0);
  const end = token + 2 + bytes.readUInt16BE(token);
  const kept = bytes.subarray(0, end);
  kept.writeUInt32BE(end - headBytes, 8);
  return kept;
}

/** The digits of the time, and the chance in the stream's id of the mark behind it. */
function maskClassic(bytes: Buffer): Buffer {
  const start = bytes.length - fieldBytes;
  const field = bytes
    .toString('latin1', start)
    .replace(/^[\d-]+ [\d:.]+/, (time) => time.replaceAll(/\d/g, '0'))
    .replace(/[0-9a-z]{8}(\/\d+ *)$/, '????????$1');
  bytes.write(field, start, 'latin1');
  return bytes;
}

/** Without the reason, and with the length that is left. @param at the position of the length of the code */
function cutReason(bytes: Buffer, at: number): Buffer {
  const kept = Buffer.from(bytes.subarray(0, at + 1 + (bytes[at] ?? 0)));
  kept.writeUInt32BE(kept.length - headBytes, 8);
  return kept;
}
