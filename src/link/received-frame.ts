import type { Frame } from '../protocol/frame.ts';

/** One connection to the receiver, as sinks and displays see it. */
export interface Sender {
  /** `address:port`, from the socket and never from the wire. */
  readonly label: string;
  /** Frames received whole. */
  frames: number;
  /** Bytes of their JPEGs. */
  bytes: number;
  /** Receive time less capture time of the newest frame, in microseconds: right only as far as the two clocks agree. */
  latenessUs: number;
}

export interface ReceivedFrame extends Frame {
  readonly sender: Sender;
  /** 1 for the first frame of the connection. */
  readonly number: number;
  /** When the last byte of the frame was here, by this machine's clock: microseconds since 1970, UTC. */
  readonly receivedAtUs: number;
}

/** Receive time less capture time, in microseconds. */
export function latenessUs(frame: ReceivedFrame): number {
  return frame.receivedAtUs - frame.capturedAtUs;
}
