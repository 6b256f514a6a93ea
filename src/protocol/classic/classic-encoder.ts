import type { Frame } from '../frame.ts';
import { base64Length, encodeBase64 } from './base64.ts';
import { fieldBytes, formatMarkedTime, type StreamMark, writeField } from './classic-field.ts';

/**
 * One frame of the classic wire: length field, base64 of the JPEG, time field, there a mark for receivers that know wire 2.
 *
 * One buffer, so that it leaves in one write and is either sent whole or known not to be.
 */
export function encodeClassicFrame(frame: Pick<Frame, 'jpeg' | 'capturedAtUs'>, mark?: StreamMark): Uint8Array {
  const length = base64Length(frame.jpeg.length);
  const bytes = new Uint8Array(fieldBytes + length + fieldBytes);
  writeField(String(length), bytes, 0);
  encodeBase64(frame.jpeg, bytes, fieldBytes);
  writeField(formatMarkedTime(frame.capturedAtUs, mark), bytes, fieldBytes + length);
  return bytes;
}
