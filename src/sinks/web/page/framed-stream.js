// A response of framed pictures: lines of JSON. A line with `bytes` is followed by a JPEG of so
// many bytes.

const maxLineBytes = 4 * 2 ** 20;
const maxPictureBytes = 256 * 2 ** 20;

/** Reads lines, and bytes of a known length. */
class FramedReader {
  #reader;
  #onBytes;
  #chunk = new Uint8Array(0);
  #at = 0;

  constructor(reader, onBytes) {
    this.#reader = reader;
    this.#onBytes = onBytes;
  }

  /** The next line without its end; undefined at the end of the stream. */
  async line() {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const end = this.#chunk.indexOf(10, this.#at);
      if (end !== -1) {
        text += decoder.decode(this.#chunk.subarray(this.#at, end));
        this.#at = end + 1;
        return text;
      }
      text += decoder.decode(this.#chunk.subarray(this.#at), { stream: true });
      if (text.length > maxLineBytes) throw new Error('A line of the stream is too long');
      if (!(await this.#readChunk())) return undefined;
    }
  }

  async bytes(length) {
    if (!(length >= 0 && length <= maxPictureBytes)) throw new Error('A picture of the stream is too long');
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#at >= this.#chunk.length && !(await this.#readChunk())) throw new Error('The stream broke off');
      const part = this.#chunk.subarray(this.#at, this.#at + length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#at += part.length;
    }
    return bytes;
  }

  async #readChunk() {
    const { done, value } = await this.#reader.read();
    this.#chunk = done ? new Uint8Array(0) : value;
    this.#at = 0;
    this.#onBytes();
    return !done;
  }
}

/** The user has to log in first. */
export class LoginRequired extends Error {}

/**
 * Gives `{ record, jpeg }` for each record; `jpeg` is undefined where no picture belongs to it.
 * @param onBytes is called when bytes arrive
 */
export async function* readFramed(url, signal, onBytes = () => undefined) {
  const response = await fetch(url, { signal, cache: 'no-store', headers: { 'x-requested-with': 'page' } });
  if (response.status === 401) throw new LoginRequired();
  if (!response.ok || response.body === null) throw new Error(`The receiver answered ${response.status}`);
  const reader = new FramedReader(response.body.getReader(), onBytes);
  for (;;) {
    const line = await reader.line();
    if (line === undefined) return;
    const record = JSON.parse(line);
    const jpeg = typeof record.bytes === 'number' ? await reader.bytes(record.bytes) : undefined;
    yield { record, jpeg };
  }
}
