import { Buffer } from 'node:buffer';
import { tinyJpeg } from '../support/jpeg.ts';

export const head = 'POST /hostile HTTP/1.1\r\nHost: pc\r\n';
export const sized = Buffer.from(`${head}Content-Length: 4294967296\r\n\r\n`);
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
const data = Buffer.alloc(65_536, 0x11);
const garbage = Buffer.alloc(65_536, 'neither a JPEG nor anything else, ');
const begun = tinyJpeg(640, 480).subarray(0, -2);
export const hugeBegun = tinyJpeg(65535, 65535).subarray(0, -2);
/** A segment of EXIF, as long as can be, which begins with another picture's beginning. */
const segment = Buffer.concat([Buffer.from('ffe1ffff457869660000ffd8ffe1ffff', 'hex'), Buffer.alloc(65_523)]);

export interface Attack {
  readonly first: Uint8Array | string;
  /** Sent again and again. */
  readonly again?: Uint8Array | string;
  readonly line: RegExp;
}

const tooLong = /must be <= 16000000 bytes: it goes on \[FRAME_TOO_LONG\]$/;
const tornJpegs = /within 16000000 bytes: none did in 1\d{7} \[NOT_JPEG\]$/;
const noJpeg = /within 1048576 bytes: none did in 1\d{6} \[NOT_JPEG\]$/;

export const attacks: Record<string, Attack> = {
  'a JPEG that never ends': { first: begun, again: data, line: tooLong },
  'a JPEG that never ends, by HTTP': { first: Buffer.concat([sized, begun]), again: data, line: tooLong },
  'a JPEG of segments that never end': { first: 'ÿØ', again: segment, line: tornJpegs },
  'garbage that never ends': { first: 'ÿØ', again: garbage, line: noJpeg },
  'garbage that never ends, by HTTP': { first: sized, again: garbage, line: noJpeg },
  'torn JPEGs that never end': {
    first: begun,
    again: begun,
    line: tornJpegs,
  },
  'a picture of 65535x65535 that never ends': { first: hugeBegun, again: data, line: tooLong },
  'HTTP headers that never end': {
    first: head,
    again: 'X-Y: z\r\n'.repeat(1000),
    line: /must be <= 100 lines: they go on \[BAD_REQUEST\]$/,
  },
  'an HTTP header that never ends': {
    first: `${head}X-Y: `,
    again: garbage,
    line: /must be <= 16384 bytes: they go on \[BAD_REQUEST\]$/,
  },
  'a path that never ends': { first: 'POST /', again: 'x'.repeat(65_536), line: /must be <= 16384 bytes: they go on/ },
  'a chunk of 2^63 bytes': {
    first: `${chunked}8000000000000000\r\n`,
    again: data,
    line: /must be <= ffffffff bytes: one is 8000000000000000 \[BAD_REQUEST\]$/,
  },
  'the extension of a chunk that never ends': {
    first: `${chunked}5;`,
    again: garbage,
    line: /must be <= 256 bytes: it goes on \[BAD_REQUEST\]$/,
  },
  'chunks of one byte that never end': { first: chunked, again: '1\r\nx\r\n'.repeat(10_000), line: noJpeg },
  'two lengths': { first: `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, line: /\[BAD_REQUEST\]$/ },
  'a length and chunks': {
    first: `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    line: /\[BAD_REQUEST\]$/,
  },
  'requests without a picture that never end': {
    first: `${head}Content-Length: 0\r\n\r\n`,
    again: `${head}Content-Length: 0\r\n\r\n`.repeat(1000),
    line: /it holds none in 0 bytes \[NOT_JPEG\]$/,
  },
  'another protocol': { first: 'SSH-2.0-OpenSSH_9.2\r\n', line: /must begin with a method .*'SSH-2.0-OpenSSH_9.2/ },
};

export function toBytes(text: Uint8Array | string): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}
