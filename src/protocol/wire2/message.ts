import type { ProtocolError } from '../errors.ts';
import type { CaptureTime, Delivery, NumberedFrame } from '../frame.ts';
import type { PictureSize } from '../jpeg/jpeg-size.ts';
import type { Detections } from '../results/detection.ts';
import { hasUnprintable } from '../unprintable.ts';

// Messages of wire 2, as the README.md of protocol/ specifies them.

/**
 * Each message begins with these bytes. The first is neither a digit nor a space, so that no
 * classic length field begins with it.
 */
export const magic = [0xab, 0x49, 0x53] as const;
export const version = 2;
/** Magic, version, type, length. */
export const headerBytes = 12;

/** The longest payload of a message, frames aside. */
export const maxControlBytes = 1024;
/** The longest name of a sender, in bytes of UTF-8. */
export const maxNameBytes = 64;
export const maxTokenBytes = 512;
/** Bytes of the proof that an end knows the code of an invitation: HMAC-SHA256. */
export const proofBytes = 32;
/** The longest text of each part of an identity. */
export const maxIdentityLength = 32;
/** Stands for an age that is not known. */
export const unknownAge = 0xffffffff;
/** Bytes of a frame's payload before its JPEG. */
export const frameFieldsBytes = 28;

/**
 * The longest stream id: with it and a number of ten digits the padding of a classic time field is
 * full.
 */
export const maxStreamIdLength = 22;

/**
 * The id of one run of a sender: 1 to 22 letters, digits and hyphens, of which the first is no
 * hyphen, with enough random characters to be unique.
 */
export type StreamId = string;

/**
 * The machine and the device behind a sender: the same after every restart, under any name and from
 * any address. It is no secret, and proves nothing.
 */
export interface SenderIdentity {
  /** 1 to 32 small letters, digits and hyphens. */
  readonly machine: string;
  /** The same for one of its sources, such as a camera. */
  readonly device: string;
  /** Of the program: 1 to 32 visible ASCII characters. */
  readonly version: string;
}

/** Sender to receiver, first: introduces the sender. */
export interface Hello {
  readonly type: 'HELO';
  readonly stream: StreamId;
  /**
   * Milliseconds without a byte from the receiver after which the sender ends the connection; 0:
   * never.
   */
  readonly keepAliveMs: number;
  readonly delivery: Delivery;
  /** A name for which `isName` is true. */
  readonly name: string;
  /** 0 to 512 bytes; empty: none. */
  readonly token: Uint8Array;
  /** Undefined where the sender does not say it. */
  readonly identity?: SenderIdentity | undefined;
}

/** Receiver to sender: the answer to the first mark or hello of a connection. */
export interface Welcome {
  readonly type: 'WELC';
  /** The same as in `Hello`, for the other direction. */
  readonly keepAliveMs: number;
  /**
   * The highest sequence number of this stream that the receiver has; 0: none. Frames up to it need
   * not be sent again.
   */
  readonly sequence: number;
  /** Undefined: the receiver has no detector. */
  readonly detector?: DetectorState | undefined;
}

/** The detector of a receiver. */
export interface DetectorState {
  /** From the capture of a picture to the answer for it, the last time: milliseconds, less than 2^32 - 1; undefined where that is not known. */
  readonly ageMs: number | undefined;
}

/** Sender to receiver: one picture. */
export interface FrameMessage {
  readonly type: 'FRAM';
  readonly frame: NumberedFrame;
}

/** Receiver to sender: all frames up to that sequence are accepted, or were skipped. */
export interface Acknowledgement {
  readonly type: 'ACKN';
  readonly sequence: number;
  /**
   * Microseconds from the capture of that frame to its reception, the clocks compared; undefined:
   * not known.
   */
  readonly latencyUs: number | undefined;
}

/** Receiver to sender: that frame is skipped, and need not come again. */
export interface Skip {
  readonly type: 'skip';
  readonly sequence: number;
  /** The same as in `Rejection`. */
  readonly code: string;
  /** One line for a person. */
  readonly reason: string;
}

/** Receiver to sender: asks whether the sender is alive, and for its clocks. */
export interface Ping {
  readonly type: 'ping';
  /** The receiver's monotonic clock, in microseconds. */
  readonly sentUs: number;
}

/** Sender to receiver: answers a ping, at once. */
export interface Pong {
  readonly type: 'pong';
  /** The value of the ping. */
  readonly sentUs: number;
  /** The sender's monotonic clock when the ping came, in microseconds. */
  readonly remoteReceivedUs: number;
  /** The same clock when the pong left. */
  readonly remoteSentUs: number;
  /** The sender's wall clock when the pong left: microseconds since 1970, UTC. */
  readonly remoteWallUs: number;
}

/** Receiver to sender: a detector's result for that frame, with its size and both of its capture times. */
export interface ResultMessage extends CaptureTime, PictureSize, Detections {
  readonly type: 'rslt';
  readonly sequence: number;
  /** The time that the detector took: microseconds. */
  readonly detectUs: number;
}

/** Receiver to sender, last: why the connection ends. */
export interface Rejection {
  readonly type: 'FAIL';
  /** Capital letters, digits and underscores. */
  readonly code: string;
  /** One line for a person. */
  readonly reason: string;
}

/** Sender to receiver, first and within TLS: asks for a token, with the code of an invitation. */
export interface Join {
  readonly type: 'JOIN';
  /** 32 bytes that only an end of this TLS session which knows the code can make. */
  readonly proof: Uint8Array;
  /** The same as in `Hello`. */
  readonly identity?: SenderIdentity | undefined;
}

/** Receiver to sender: the answer to `JOIN`, after which the connection ends. */
export interface Token {
  readonly type: 'TOKN';
  /** 32 bytes, which prove the same of the receiver. */
  readonly proof: Uint8Array;
  /** The name of the camera at the receiver, for which `isName` is true. */
  readonly name: string;
  /** 8 to 512 bytes: what `Hello` has to hold from now on. */
  readonly token: Uint8Array;
}

export type Message =
  | Hello
  | Welcome
  | FrameMessage
  | Acknowledgement
  | Skip
  | Ping
  | Pong
  | ResultMessage
  | Rejection
  | Join
  | Token;

/** Stands for a frame whose picture is rejected. The connection goes on behind it. */
export interface BadFrame {
  readonly type: 'bad frame';
  /** The sequence number; undefined where the frame has none. */
  readonly sequence: number | undefined;
  /** The stream id of the mark, on the classic wire. */
  readonly stream?: StreamId;
  readonly error: ProtocolError;
}

/** The messages with which a sender may begin. */
export function isOpening(type: string): boolean {
  return type === 'HELO' || type === 'JOIN';
}

/**
 * Whether a receiver skips messages of that type where it does not know it: these types begin with
 * a small letter.
 */
export function isOptional(type: string): boolean {
  return type.charCodeAt(0) >= 0x61;
}

/** Whether it can be the machine or the device of an identity. */
export function isIdentityPart(text: string): boolean {
  return text.length <= maxIdentityLength && /^[0-9a-z-]+$/.test(text);
}

/** Whether it can be the version of a program. */
export function isVersion(text: string): boolean {
  return text.length <= maxIdentityLength && /^[!-~]+$/.test(text);
}

export function isStreamId(text: string): boolean {
  return text.length <= maxStreamIdLength && /^[0-9A-Za-z][0-9A-Za-z-]*$/.test(text);
}

/**
 * A letter, digit, mark of punctuation or symbol that can be seen. Characters that Unicode has
 * programs ignore cannot be seen (the fillers of Hangul are letters), nor can the empty pattern of
 * Braille and the empty note head. An accent alone is none of these.
 */
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{Default_Ignorable_Code_Point}\u{2800}\u{1d159}]]/v;

/**
 * Whether a name can be shown and sent: 1 to 64 bytes of UTF-8 without control or formatting
 * characters, with one that can be seen.
 */
export function isName(text: string): boolean {
  return !hasUnprintable(text) && visible.test(text) && new TextEncoder().encode(text).length <= maxNameBytes;
}

/**
 * A name in Unicode's NFC, in which all spellings are one (ü as one letter, or as u and dots);
 * undefined where it is no name.
 */
export function readName(text: string): string | undefined {
  if (!isName(text)) return undefined;
  const composed = text.normalize('NFC');
  // A few letters become longer in NFC.
  return isName(composed) ? composed : text;
}
