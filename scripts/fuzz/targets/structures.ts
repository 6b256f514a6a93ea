// Where the parts of each format begin, and the bytes that decoders look for.
import type { Structure } from '../mutate.ts';
import { toBytes } from './seeds.ts';

/** No more parts than these are told apart: the work stays in proportion. */
const maxCuts = 200;

/** Positions of a byte that a second one follows for which `isWanted` holds. */
function findPairs(bytes: Uint8Array, first: number, isWanted: (second: number) => boolean): number[] {
  const cuts: number[] = [];
  for (let at = bytes.indexOf(first); at >= 0 && cuts.length < maxCuts; at = bytes.indexOf(first, at + 1)) {
    if (isWanted(bytes[at + 1] ?? 0)) cuts.push(at);
  }
  return cuts;
}

/** Markers; the data of scans has FF 00. */
export const jpegStructure: Structure = {
  cuts: (bytes) => findPairs(bytes, 0xff, (second) => second !== 0 && second !== 0xff),
  tokens: [
    ...[0xd8, 0xd9, 0xda, 0xc0, 0xc2, 0xc4, 0xc8, 0xcc, 0xd0, 0xd3, 0xdb, 0xdc, 0xdd, 0xe0, 0xe1, 0xfe, 0x01, 0x00],
    0xff,
  ]
    .map((marker) => Uint8Array.of(0xff, marker))
    .concat([
      Uint8Array.of(0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0),
      Uint8Array.of(0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0),
      Uint8Array.of(0xff, 0xe1, 0, 2),
      toBytes('Exif'),
    ]),
};

/** Messages of wire 2 by their magic. */
const messageCuts = (bytes: Uint8Array): number[] => findPairs(bytes, 0xab, (second) => second === 0x49);
const types = ['HELO', 'WELC', 'FRAM', 'ACKN', 'skip', 'ping', 'pong', 'rslt', 'FAIL', 'JOIN', 'TOKN', 'xtra', 'XTRA'];

export const wire2Structure: Structure = {
  cuts: messageCuts,
  tokens: [
    Uint8Array.of(0xab, 0x49, 0x53, 2),
    Uint8Array.of(0xab),
    ...types.map(toBytes),
    ...types.map((type) => Uint8Array.from([0xab, 0x49, 0x53, 2, ...toBytes(type), 0, 0, 0, 0])),
  ],
};

/** Fields begin and end where runs of spaces do. */
export const classicStructure: Structure = {
  cuts: (bytes) => {
    const cuts: number[] = [];
    for (let at = 1; at < bytes.length && cuts.length < maxCuts; at++) {
      if ((bytes[at] === 0x20) !== (bytes[at - 1] === 0x20)) cuts.push(at);
    }
    return cuts;
  },
  tokens: [' ', '=', '==', '/9j/', '2026-01-31 12:00:00.000000', ' is2/garden-k3x9f2ab/1', '64'.padEnd(64), '4'].map(
    toBytes,
  ),
};

/** Lines. */
export const httpStructure: Structure = {
  cuts: (bytes) => findPairs(bytes, 0x0a, () => true).map((at) => at + 1),
  tokens: [
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
    '0\r\n\r\n',
    '5;a=b\r\n',
    'ffffffff\r\n',
    'POST /garden HTTP/1.1\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding:\u00a0chunked\r\n',
    'Expect: 100-continue\r\n',
    'Connection: close\r\n',
    'Origin: http://a\r\n',
    'X:\t\r\n',
    ' ',
    ':',
    '\0',
    'HTTP/1.0',
    'HTTP/2.0',
    '%c3%bc',
    '%',
    '--frame\r\nContent-Type: image/jpeg\r\n\r\n',
  ].map(toBytes),
};

/** All of these at once: a connection may carry any of them. */
export const anyStructure: Structure = {
  cuts: (bytes) => {
    const all = [messageCuts(bytes), httpStructure.cuts(bytes), jpegStructure.cuts(bytes)].flat();
    return [...new Set(all)].sort((a, b) => a - b);
  },
  tokens: [jpegStructure, wire2Structure, classicStructure, httpStructure].flatMap(({ tokens }) => tokens),
};

/** Elements of Matroska, by the ids that are written. */
export const matroskaStructure: Structure = {
  cuts: (bytes) => {
    const cuts = [0x1f, 0xe7, 0xa3, 0xec, 0x11, 0x15, 0x16, 0x18, 0x1c, 0xbb, 0xb3, 0xb7, 0x44, 0x4d, 0x53].flatMap(
      (first) => findPairs(bytes, first, () => true).slice(0, 20),
    );
    return cuts.sort((a, b) => a - b);
  },
  tokens: [
    [0x1f, 0x43, 0xb6, 0x75],
    [0x1c, 0x53, 0xbb, 0x6b],
    [0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0x1a, 0x45, 0xdf, 0xa3],
    [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0x01, 0, 0, 0, 0, 0, 0, 0],
    [0xff],
    [0x80],
    [0x08, 0, 0, 0, 0],
    [0xa3, 0x84, 0x81, 0, 0, 0x80],
    [0xe7, 0x86],
  ].map((token) => Uint8Array.from(token)),
};

/** Values, commas and brackets of JSON, and words of options. */
export const textStructure = (words: readonly string[]): Structure => ({
  cuts: (bytes) =>
    findPairs(bytes, 0x2c, () => true)
      .concat(findPairs(bytes, 0x0a, () => true))
      .sort((a, b) => a - b),
  tokens: words.map(toBytes),
});
