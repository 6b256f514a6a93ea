import type { Frame } from '../frame.ts';
import { base64Length, encodeBase64 } from './base64.ts';
import { fieldBytes, formatMarkedTime, type StreamMark, writeField } from './classic-field.ts';

/**
 * One frame of the classic wire: length field, base64 of the JPEG, and time field, with a mark for
 * receivers that speak wire 2.
 *
 * It is one buffer, so that one write sends it whole, or is known to have failed.
 */
export function encodeClassicFrame(frame: Pick<Frame, 'jpeg' | 'capturedAtUs'>, mark?: StreamMark): Uint8Array {
  const length = base64Length(frame.jpeg.length);
  const bytes = new Uint8Array(fieldBytes + length + fieldBytes);
  writeField(String(length), bytes, 0);
  encodeBase64(frame.jpeg, bytes, fieldBytes);
  writeField(formatMarkedTime(frame.capturedAtUs, mark), bytes, fieldBytes + length);
  return bytes;
}
