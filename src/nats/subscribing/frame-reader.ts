import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { ProtocolError } from '../../protocol/errors.ts';
import { checkJpegBytes, checkPictureSize, type FrameLimits } from '../../protocol/frame.ts';
import { readJpegSize } from '../../protocol/jpeg/jpeg-head.ts';
import type { PictureSize } from '../../protocol/jpeg/jpeg-size.ts';
import { ownBytes } from '../../protocol/owned-bytes.ts';
import { isName } from '../../protocol/wire2/message.ts';
import { readClocks } from '../../system/clock.ts';
import { decodeMetadata, type FrameMetadata } from '../frame-headers.ts';
import { cameraOf } from '../subjects.ts';
import { readPosition } from './message-position.ts';

/** A frame as it came from the NATS server. */
export interface NatsFrame extends PictureSize {
  /** The camera's key, of the subject. */
  readonly camera: string;
  readonly metadata: Omit<FrameMetadata, keyof PictureSize>;
  readonly jpeg: Uint8Array;
  /** When the stream got it, by the server's clock: milliseconds since 1970. */
  readonly storedAtMs: number;
  /** When it was here, by this machine's clocks: microseconds. */
  readonly receivedAtUs: number;
  readonly monotonicUs: number;
}

/** Anyone may publish there, with anything. @throws ProtocolError FRAME_TOO_LONG, PICTURE_TOO_LARGE, NOT_JPEG, BAD_MESSAGE */
export function readFrame(message: Msg, limits: FrameLimits): NatsFrame {
  const { wallUs: receivedAtUs, monotonicUs } = readClocks();
  const { data } = message;
  checkJpegBytes(data.length, limits);
  const camera = cameraOf(message.subject);
  if (!isName(camera)) throw notOurs('the name of its camera must be 1 to 64 printable bytes');
  const metadata = decodeMetadata(readHeaders(message));
  if (metadata === undefined) throw notOurs('its headers must have its sequence and its publisher');
  const size = readJpegSize(data);
  checkPictureSize(size, limits);
  const { storedAtMs = Date.now() } = readPosition(message.reply) ?? {};
  // The library hands out a piece of what came from the network.
  return { camera, metadata, ...size, jpeg: ownBytes(data), storedAtMs, receivedAtUs, monotonicUs };
}

function readHeaders(message: Msg): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    throw notOurs('its headers cannot be read');
  }
}

function notOurs(reason: string): ProtocolError {
  return new ProtocolError('BAD_MESSAGE', `Cannot read a message as a frame: ${reason}`);
}
