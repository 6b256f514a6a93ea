import {
  cleanLabel,
  cleanTrack,
  clipBox,
  confidenceSteps,
  type Detection,
  type Extra,
  maxLabelBytes,
  maxTrackBytes,
} from '../results/detection.ts';
import { maxControlBytes, type ResultMessage } from './message.ts';
import type { PayloadReader, PayloadWriter } from './payload.ts';

/** Bytes before the detections, and behind them those of the length of the other fields. */
const fixedBytes = 8 + 8 + 8 + 2 + 2 + 4 + 2 + 1;
const extraLengthBytes = 2;
/** Bytes of a detection without its texts: confidence, box, and two lengths. */
const detectionBytes = 2 + 8 + 2;
const maxCount = 255;
const maxDetectUs = 0xffffffff;

interface Encoded {
  readonly detection: Detection;
  readonly label: Uint8Array;
  readonly track: Uint8Array;
}

/** Detections that do not fit are counted as left out; other fields go along where they fit. */
export function writeResult(writer: PayloadWriter, result: ResultMessage): void {
  const fitting = chooseFitting(result.detections);
  const omitted = result.omitted + result.detections.length - fitting.length;
  writer.uint64(result.sequence);
  writer.uint64(result.capturedAtUs);
  writer.uint64(result.capturedMonotonicUs);
  writer.uint16(result.width);
  writer.uint16(result.height);
  writer.uint32(Math.min(Math.round(result.detectUs), maxDetectUs));
  writer.uint16(Math.min(omitted, 0xffff));
  writer.uint8(fitting.length);
  for (const one of fitting) writeDetection(writer, one);
  const room = maxControlBytes - measure(fitting);
  const extra = encodeExtra(result.extra, room);
  writer.uint16(extra.length);
  writer.raw(extra);
}

export function readResult(reader: PayloadReader): ResultMessage {
  const sequence = reader.uint64();
  const times = { capturedAtUs: reader.uint64(), capturedMonotonicUs: reader.uint64() };
  const size = { width: reader.uint16(), height: reader.uint16() };
  const [detectUs, omitted, count] = [reader.uint32(), reader.uint16(), reader.uint8()];
  const detections = Array.from({ length: count }, () => readDetection(reader, size.width, size.height));
  const extra = readExtra(reader);
  return { type: 'rslt', sequence, ...times, ...size, detectUs, omitted, detections, extra };
}

/** The most confident come first, and go first. */
function chooseFitting(detections: readonly Detection[]): Encoded[] {
  const chosen: Encoded[] = [];
  let room = maxControlBytes - fixedBytes - extraLengthBytes;
  for (const detection of detections.slice(0, maxCount)) {
    const { label, track = '' } = detection;
    const texts = { label: new TextEncoder().encode(label), track: new TextEncoder().encode(String(track)) };
    room -= detectionBytes + texts.label.length + texts.track.length;
    if (room < 0) break;
    chosen.push({ detection, ...texts });
  }
  return chosen;
}

function measure(chosen: readonly Encoded[]): number {
  const texts = chosen.reduce((sum, { label, track }) => sum + label.length + track.length, 0);
  return fixedBytes + extraLengthBytes + chosen.length * detectionBytes + texts;
}

function writeDetection(writer: PayloadWriter, { detection, label, track }: Encoded): void {
  writer.uint16(Math.round(detection.confidence * confidenceSteps));
  for (const side of detection.box) writer.uint16(side);
  writer.uint8(label.length);
  writer.raw(label);
  writer.uint8(track.length);
  writer.raw(track);
}

function readDetection(reader: PayloadReader, width: number, height: number): Detection {
  const steps = reader.uint16();
  const found = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()] as const;
  const label = reader.text(reader.uint8());
  const track = reader.text(reader.uint8());
  const box = clipBox(found, width, height);
  if (steps > confidenceSteps) throw reader.fail(`its confidence must be <= ${confidenceSteps}: it is ${steps}`);
  if (box === undefined) throw reader.fail(`its box must be in the picture of ${width}x${height}: it is ${found}`);
  if (cleanLabel(label) !== label)
    throw reader.fail(`its label must be 1 to ${maxLabelBytes} bytes without control characters`);
  if (track !== '' && String(cleanTrack(track)) !== track)
    throw reader.fail(`its track must be at most ${maxTrackBytes} bytes without control characters`);
  return { label, confidence: steps / confidenceSteps, box, ...(track !== '' && { track: cleanTrack(track) }) };
}

/** Nothing where it is empty, or has no room. */
function encodeExtra(extra: Extra, room: number): Uint8Array {
  const isEmpty = Object.keys(extra).length === 0;
  const bytes = new TextEncoder().encode(isEmpty ? '' : JSON.stringify(extra));
  return bytes.length > room ? new Uint8Array(0) : bytes;
}

function readExtra(reader: PayloadReader): Extra {
  const length = reader.uint16();
  if (length === 0) return {};
  const extra = parseObject(reader.text(length));
  if (extra === undefined) throw reader.fail('its other fields must be an object in JSON');
  return extra;
}

function parseObject(text: string): Extra | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Extra) : undefined;
  } catch {
    return undefined;
  }
}
