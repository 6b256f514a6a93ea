// A function of WebAssembly that looks at sixteen bytes at a time. Node, Deno and browsers have it
// on every processor: SSE on x64, NEON on arm64.
//
// https://webassembly.github.io/spec/core/binary/ has every byte that is here.

/** Memory comes in pages of so many bytes. */
const pageBytes = 2 ** 16;
/** Bytes that are looked at behind the last one. */
const lookAheadBytes = 17;

/** The part of the JavaScript API that is used; no library that is included declares it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { readonly exports: object };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly skip: (count: number) => number;
}

export interface MarkerKernel {
  /** The bytes to search lie at its beginning, and one more behind them. */
  readonly memory: Uint8Array;
  /** The most bytes that it searches at once. */
  readonly maxBytes: number;
  /**
   * Goes over the first `count` bytes, sixteen at a time, as long as 00 or a restart marker follows
   * each FF. Returns how many; `count` or a little more where that is all.
   */
  readonly skip: (count: number) => number;
}

/** Null where the runtime has no WebAssembly, or no memory for it. */
export function createMarkerKernel(): MarkerKernel | null {
  try {
    const { memory, skip } = new WebAssembly.Instance(new WebAssembly.Module(kernelModule())).exports as Exports;
    return { memory: new Uint8Array(memory.buffer), maxBytes: pageBytes - lookAheadBytes, skip };
  } catch {
    // Without WebAssembly the name is not defined, which is an error, too.
    return null;
  }
}

const i32 = 0x7f;
const v128 = 0x7b;
const nothing = 0x40;
const end = 0x0b;
const simd = 0xfd;

// Variables of the function: its parameter, the position, and the bytes at and behind it.
const [count, position, bytes, nextBytes] = [0, 1, 2, 3] as const;

const get = (variable: number) => [0x20, variable];
const set = (variable: number) => [0x21, variable];
const constant = (value: number) => [0x41, value];
const add = [0x6a];
const isLess = [0x49];
const load = (offset: number) => [simd, 0x00, 0, offset];
const equal = [simd, 0x23];
const notEqual = [simd, 0x24];
const and = [simd, 0x4e];
const anyTrue = [simd, 0x53];
const all = (byte: number) => [simd, 0x0c, ...Array.from({ length: 16 }, () => byte)];
const loop = (body: readonly number[]) => [0x03, nothing, ...body, end];
const when = (condition: readonly number[], body: readonly number[]) => [...condition, 0x04, nothing, ...body, end];
const goOn = (depth: number) => [0x0c, depth];
const giveBack = (value: readonly number[]) => [...value, 0x0f];

function kernelModule(): Uint8Array<ArrayBuffer> {
  const hasMarker = [
    ...[...get(bytes), ...all(0xff), ...equal],
    ...[...get(nextBytes), ...all(0), ...notEqual, ...and],
    ...[...get(nextBytes), ...all(0xf8), ...and, ...all(0xd0), ...notEqual, ...and],
    ...anyTrue,
  ];
  const body = loop(
    when(
      [...get(position), ...get(count), ...isLess],
      [
        ...[...get(position), ...load(0), ...set(bytes)],
        ...[...get(position), ...load(1), ...set(nextBytes)],
        ...when(hasMarker, giveBack(get(position))),
        ...[...get(position), ...constant(16), ...add, ...set(position)],
        ...goOn(1),
      ],
    ),
  );
  const variables = [2, 1, i32, 2, v128];
  const code = sized([...variables, ...body, ...get(position), end]);
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    // One type: a number to a number. One function of it.
    ...section(1, [1, 0x60, 1, i32, 1, i32]),
    ...section(3, [1, 0]),
    // One page of memory, and never more.
    ...section(5, [1, 1, 1, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('skip'), 0, 0]),
    ...section(10, [1, ...code]),
  );
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

/** @param content at most 16383 bytes */
function sized(content: readonly number[]): number[] {
  const { length } = content;
  return [...(length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7]), ...content];
}

function name(text: string): number[] {
  return [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
}
