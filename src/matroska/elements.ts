import { countBytes, joinBytes } from '../protocol/byte-pieces.ts';

// EBML (RFC 8794) and Matroska (RFC 9559): an element is an id, a size and so many bytes.

/** The ids of the elements that are written and read here, with their marker bits. */
export const ids = {
  ebml: 0x1a45dfa3,
  ebmlVersion: 0x4286,
  ebmlReadVersion: 0x42f7,
  ebmlMaxIdLength: 0x42f2,
  ebmlMaxSizeLength: 0x42f3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  void: 0xec,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  dateUtc: 0x4461,
  title: 0x7ba9,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  flagLacing: 0x9c,
  defaultDuration: 0x23e383,
  codecId: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cueTrackPositions: 0xb7,
  cueTrack: 0xf7,
  cueClusterPosition: 0xf1,
} as const;

/** From 1970, where our times begin, to 2001, where times of Matroska begin: microseconds. */
export const epochGapUs = 978_307_200_000_000;

/** The largest size that `width` bytes hold; one more means that the size is not known. */
function maxOfWidth(width: number): number {
  return 2 ** (7 * width) - 2;
}

/** The bytes of a number, the highest first. */
export function encodeInteger(value: number, width: number): number[] {
  const bytes = new Array<number>(width);
  let rest = value;
  for (let at = width - 1; at >= 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** Encodes a size. @param width bytes that it takes, 1 to 7; undefined: as few as possible */
export function encodeSize(size: number, width?: number): number[] {
  let taken = width ?? 1;
  while (width === undefined && size > maxOfWidth(taken)) taken++;
  if (size > maxOfWidth(taken)) {
    throw new RangeError(`Cannot write a size as it must be <= ${maxOfWidth(taken)}: it is ${size}`);
  }
  const bytes = encodeInteger(size, taken);
  bytes[0] = (bytes[0] as number) | (0x80 >> (taken - 1));
  return bytes;
}

export function encodeId(id: number): number[] {
  return encodeInteger(id, id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1);
}

/** Encodes a whole element. @param content the bytes of the element, or elements in it */
export function encodeElement(id: number, ...content: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  return joinBytes([encodeId(id), encodeSize(countBytes(content)), ...content]);
}

export function encodeUnsigned(id: number, value: number, width?: number): Uint8Array<ArrayBuffer> {
  const min = value > 0xffffffff ? 6 : value > 0xffff ? 4 : value > 0xff ? 2 : 1;
  return encodeElement(id, encodeInteger(value, width ?? min));
}

export function encodeText(id: number, text: string): Uint8Array<ArrayBuffer> {
  return encodeElement(id, new TextEncoder().encode(text));
}

/** Reserves `length` bytes in all, 2 to 127, for an element that comes later. */
export function encodeVoid(length: number): Uint8Array<ArrayBuffer> {
  return encodeElement(ids.void, new Uint8Array(length - 2));
}
