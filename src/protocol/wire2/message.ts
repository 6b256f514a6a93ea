import type { ProtocolError } from '../errors.ts';
import type { Delivery, NumberedFrame } from '../frame.ts';
import { hasUnprintable } from '../unprintable.ts';

// Wire 2, as README.md beside this file specifies it.

/** Its first byte is neither a digit nor a space, so that no classic length field begins with it. */
export const magic = [0xab, 0x49, 0x53] as const;
export const version = 2;
/** Magic, version, type, length. */
export const headerBytes = 12;

/** Longest payload of any message but a frame. */
export const maxControlBytes = 1024;
/** Longest name of a sender, in bytes of UTF-8. */
export const maxNameBytes = 64;
export const maxTokenBytes = 512;
/** Of a frame's payload, before its JPEG. */
export const frameFieldsBytes = 28;

/** Longest stream id: with it and a number of ten digits the padding of a classic time field is full. */
export const maxStreamIdLength = 22;

/**
 * What stands for one run of a sender: 1 to 22 letters, digits and hyphens, of which the first is no hyphen, with enough chance
 * in them to be the only one.
 */
export type StreamId = string;

/** Sender to receiver, first: who sends, and how. */
export interface Hello {
  readonly type: 'HELO';
  readonly stream: StreamId;
  /** The sender takes the receiver for dead when nothing comes for so long, in milliseconds; 0: never. */
  readonly keepAliveMs: number;
  readonly delivery: Delivery;
  /** As `isName` wants it. */
  readonly name: string;
  /** 0 to 512 bytes; empty: none. */
  readonly token: Uint8Array;
}

/** Receiver to sender: the answer to the first mark or hello of a connection. */
export interface Welcome {
  readonly type: 'WELC';
  /** As in `Hello`, for the other direction. */
  readonly keepAliveMs: number;
  /** The highest number of this stream that was taken; 0: none. Nothing up to it need be sent again. */
  readonly sequence: number;
}

/** Sender to receiver: one picture. */
export interface FrameMessage {
  readonly type: 'FRAM';
  readonly frame: NumberedFrame;
}

/** Receiver to sender: all frames up to that number are taken, or were left behind. */
export interface Acknowledgement {
  readonly type: 'ACKN';
  readonly sequence: number;
  /** Capture to reception of that frame in microseconds, clocks compared; undefined: not known. */
  readonly latencyUs: number | undefined;
}

/** Receiver to sender: that frame is not taken, and need not come again; those behind it are. */
export interface Skip {
  readonly type: 'skip';
  readonly sequence: number;
  /** As in `Refusal`. */
  readonly code: string;
  /** One line for a person. */
  readonly reason: string;
}

/** Receiver to sender: are you there, and what time is it? */
export interface Ping {
  readonly type: 'ping';
  /** The receiver's monotonic clock, in microseconds. */
  readonly sentUs: number;
}

/** Sender to receiver, at once after a ping. */
export interface Pong {
  readonly type: 'pong';
  /** That of the ping. */
  readonly sentUs: number;
  /** The sender's monotonic clock when the ping came, in microseconds. */
  readonly remoteReceivedUs: number;
  /** The same clock when the pong left. */
  readonly remoteSentUs: number;
  /** The sender's wall clock when the pong left: microseconds since 1970, UTC. */
  readonly remoteWallUs: number;
}

/** Receiver to sender, last: why the connection ends. */
export interface Refusal {
  readonly type: 'FAIL';
  /** Capital letters, digits and underscores. */
  readonly code: string;
  /** One line for a person. */
  readonly reason: string;
}

export type Message = Hello | Welcome | FrameMessage | Acknowledgement | Skip | Ping | Pong | Refusal;

/** What stands in the place of a frame whose picture cannot be taken: what comes behind it can. */
export interface BadFrame {
  readonly type: 'bad frame';
  /** Its number in its stream; undefined where it has none. */
  readonly sequence: number | undefined;
  /** On the classic wire, of its mark. */
  readonly stream?: StreamId;
  readonly error: ProtocolError;
}

/** What may be skipped by those who do not know it begins with a small letter. */
export function isOptional(type: string): boolean {
  return type.charCodeAt(0) >= 0x61;
}

export function isStreamId(text: string): boolean {
  return text.length <= maxStreamIdLength && /^[0-9A-Za-z][0-9A-Za-z-]*$/.test(text);
}

/**
 * A letter, digit, mark of punctuation or symbol that leaves ink. Those that Unicode has programs ignore leave none (the fillers of Hangul
 * are letters), nor do the empty pattern of Braille and the empty note head. An accent alone is none of them.
 */
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u{2800}\u{1d159}]]/v;

/** Whether a name can be shown and sent: 1 to 64 bytes of UTF-8 without control or formatting characters, at least one of them to be seen. */
export function isName(text: string): boolean {
  return !hasUnprintable(text) && visible.test(text) && new TextEncoder().encode(text).length <= maxNameBytes;
}

/** A name in the one form that its spellings have in common (Unicode's NFC: ü as one letter or as u and dots); undefined where it is none. */
export function readName(text: string): string | undefined {
  if (!isName(text)) return undefined;
  const composed = text.normalize('NFC');
  // A few letters become longer.
  return isName(composed) ? composed : text;
}
