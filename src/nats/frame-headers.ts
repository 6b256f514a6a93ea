import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { formatIso, parseIso } from '../protocol/clock/iso-time.ts';
import type { PictureSize } from '../protocol/jpeg/jpeg-size.ts';
import { isStreamId, readName, type StreamId } from '../protocol/wire2/message.ts';
import { isPublisher } from './publisher-id.ts';

/** The facts in the headers of a frame's message. A fact that is not known is not there. */
export interface FrameMetadata extends PictureSize {
  /** The sequence in the stream, or in the connection that it came over; from 1. */
  readonly sequence: number;
  readonly stream: StreamId | undefined;
  /** The name that the sender gives itself. */
  readonly name: string | undefined;
  /** The address of the sender: `address:port`; undefined if it publishes by itself. */
  readonly address: string | undefined;
  /** The capture by the clock of the sender: microseconds since 1970, UTC. */
  readonly capturedAtUs: number | undefined;
  /** The reception by the clock of the receiver that published it: microseconds since 1970, UTC. */
  readonly receivedAtUs: number | undefined;
  readonly age: FrameAge | undefined;
  /** The id of its publisher: 1 to 64 of `0-9A-Za-z-`. */
  readonly publisher: string;
}

/** How old a frame was at a moment of its publisher's clock, so that others can go on from there. */
export interface FrameAge {
  /** Since its capture, microseconds. */
  readonly us: number;
  /** The truth is within so much of it, microseconds. */
  readonly errorUs: number;
  /** When that was so, by the publisher's monotonic clock, microseconds. */
  readonly atUs: number;
}

export function encodeMetadata(metadata: FrameMetadata): MsgHdrs {
  const { stream, name, address, capturedAtUs, receivedAtUs, age } = metadata;
  const found = headers();
  found.set('Frame-Sequence', String(metadata.sequence));
  found.set('Frame-Size', `${metadata.width}x${metadata.height}`);
  found.set('Frame-Publisher', metadata.publisher);
  if (stream !== undefined) found.set('Frame-Stream', stream);
  if (name !== undefined) found.set('Frame-Name', name);
  if (address !== undefined) found.set('Frame-Address', address);
  if (capturedAtUs !== undefined) found.set('Frame-Captured-At', formatIso(capturedAtUs));
  if (receivedAtUs !== undefined) found.set('Frame-Received-At', formatIso(receivedAtUs));
  if (age !== undefined) {
    found.set('Frame-Latency-Ms', String(Math.round(age.us) / 1000));
    found.set('Frame-Latency-Error-Ms', String(Math.round(age.errorUs) / 1000));
    found.set('Frame-Clock-Us', String(Math.round(age.atUs)));
  }
  return found;
}

/** Reads only valid values, as anyone may publish there; undefined if it is no frame of ours. */
export function decodeMetadata(found: MsgHdrs | undefined): Omit<FrameMetadata, 'width' | 'height'> | undefined {
  const text = (key: string) => found?.get(key) ?? '';
  const number = readNumber(text('Frame-Sequence'));
  const publisher = text('Frame-Publisher');
  if (number === undefined || !Number.isSafeInteger(number) || number < 1 || !isPublisher(publisher)) return undefined;
  const [stream, name, sender] = [text('Frame-Stream'), text('Frame-Name'), text('Frame-Address')];
  return {
    sequence: number,
    publisher,
    stream: isStreamId(stream) ? stream : undefined,
    name: readName(name),
    address: /^[0-9A-Za-z.:[\]%-]{1,64}$/.test(sender) ? sender : undefined,
    capturedAtUs: parseIso(text('Frame-Captured-At')),
    receivedAtUs: parseIso(text('Frame-Received-At')),
    age: readAge(text('Frame-Latency-Ms'), text('Frame-Latency-Error-Ms'), text('Frame-Clock-Us')),
  };
}

function readAge(latencyMs: string, errorMs: string, clockUs: string): FrameAge | undefined {
  const [ms, error, atUs] = [readNumber(latencyMs), readNumber(errorMs), readNumber(clockUs)];
  if (ms === undefined || error === undefined || error < 0 || atUs === undefined) return undefined;
  return { us: ms * 1000, errorUs: error * 1000, atUs };
}

function readNumber(text: string): number | undefined {
  return /^-?\d{1,17}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
}
