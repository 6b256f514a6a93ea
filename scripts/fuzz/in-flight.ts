import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const lengthBytes = 4;

/** Keeps the input that is being tried in a file, from which another process reads it if this one dies. */
export class InFlightFile implements Disposable {
  readonly #file: number;
  readonly #length = new DataView(new ArrayBuffer(lengthBytes));

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  write(input: Uint8Array): void {
    this.#length.setUint32(0, input.length);
    writeSync(this.#file, input, 0, input.length, lengthBytes);
    writeSync(this.#file, this.#length, 0, lengthBytes, 0);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** The input that was tried last; undefined: none was. */
export function readInFlight(path: string): Uint8Array | undefined {
  const bytes = readFileSync(path);
  if (bytes.length < lengthBytes) return undefined;
  return bytes.subarray(lengthBytes, lengthBytes + bytes.readUInt32BE(0));
}
