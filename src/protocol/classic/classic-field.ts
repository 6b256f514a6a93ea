import { ProtocolError } from '../errors.ts';
import type { StreamId } from '../wire2/message.ts';

/** Bytes of the length field and of the time field: ASCII, left-justified, padded with spaces. */
export const fieldBytes = 64;

const timePattern = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?$/;
const markPattern = / +is2\/([0-9A-Za-z][0-9A-Za-z-]{0,21})\/([1-9]\d{0,9})$/;
const maxMarkedSequence = 9_999_999_999;

/**
 * A sender of wire 2 puts a mark into the padding of a time field, which classic receivers only
 * print.
 */
export interface StreamMark {
  /** The stream id, as in a hello of wire 2. */
  readonly stream: StreamId;
  /** The frame's number in that stream. */
  readonly sequence: number;
}

/**
 * Microseconds since 1970 as the classic wire and its programs write UTC:
 * `YYYY-MM-DD HH:MM:SS.ffffff`.
 */
export function formatTime(us: number): string {
  const iso = new Date(Math.floor(us / 1000)).toISOString();
  const micros = String(us - Math.floor(us / 1000) * 1000).padStart(3, '0');
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${micros}`;
}

/** Writes ASCII text as one field. A longer text would move all later bytes. @throws RangeError */
export function writeField(text: string, target: Uint8Array, offset: number): void {
  if (text.length > fieldBytes) {
    throw new RangeError(`Cannot write a field as its text must be <= ${fieldBytes} characters: it is ${text.length}`);
  }
  target.fill(0x20, offset, offset + fieldBytes);
  for (let i = 0; i < text.length; i++) target[offset + i] = text.charCodeAt(i);
}

/**
 * The text of a field without its padding. Bytes outside printable ASCII become `?`: the text may
 * reach a terminal.
 */
export function readField(field: Uint8Array): string {
  let text = '';
  for (const byte of field) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  return text.trim();
}

/**
 * The text of a time field, with the mark where it fits: 26 characters of time, one space, at most
 * 37 of mark.
 */
export function formatMarkedTime(us: number, mark: StreamMark | undefined): string {
  const time = formatTime(us);
  if (mark === undefined || mark.sequence > maxMarkedSequence) return time;
  return `${time} is2/${mark.stream}/${mark.sequence}`;
}

/** A time field's time, and its mark if it has one. @throws ProtocolError BAD_TIME */
export function parseMarkedTime(field: Uint8Array): { capturedAtUs: number; mark: StreamMark | undefined } {
  const text = readField(field);
  const [whole = '', stream, sequence] = markPattern.exec(text) ?? [];
  const capturedAtUs = parseTime(text.slice(0, text.length - whole.length));
  if (stream === undefined) return { capturedAtUs, mark: undefined };
  return { capturedAtUs, mark: { stream, sequence: Number(sequence) } };
}

/**
 * Microseconds since 1970 of the text of a time field.
 *
 * A whole second may come without its fraction: that is how Python prints a datetime whose
 * microseconds are zero.
 * @throws ProtocolError BAD_TIME
 */
export function parseTime(text: string): number {
  const match = timePattern.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`);
  const us = ms * 1000 + Number(match?.[7] ?? 0);
  // Date.parse takes the 30th of February for the 1st of March, so that a time counts only where it
  // prints the same again. After the year 2255 a number does not hold microseconds.
  if (!Number.isSafeInteger(us) || formatTime(us).slice(0, 19) !== text.slice(0, 19)) {
    throw new ProtocolError(
      'BAD_TIME',
      `Cannot read the time of a frame as it must be UTC like 2026-01-31 12:00:00.000000: it is '${text.slice(0, 32)}'`,
    );
  }
  return us;
}
