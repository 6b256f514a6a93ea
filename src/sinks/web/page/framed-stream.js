// A response of framed pictures: lines of JSON; where one says `bytes`, so many of a JPEG follow it.

const mostLineBytes = 4 * 2 ** 20;
const mostPictureBytes = 256 * 2 ** 20;

/** Cuts what comes into lines and pieces of known length. */
class Cutter {
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
      if (text.length > mostLineBytes) throw new Error('A line of the stream is too long');
      if (!(await this.#more())) return undefined;
    }
  }

  async bytes(length) {
    if (!(length >= 0 && length <= mostPictureBytes)) throw new Error('A picture of the stream is too long');
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#at >= this.#chunk.length && !(await this.#more())) throw new Error('The stream broke off');
      const part = this.#chunk.subarray(this.#at, this.#at + length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#at += part.length;
    }
    return bytes;
  }

  async #more() {
    const { done, value } = await this.#reader.read();
    this.#chunk = done ? new Uint8Array(0) : value;
    this.#at = 0;
    this.#onBytes();
    return !done;
  }
}

/** Somebody has to log in first. */
export class LoginNeeded extends Error {}

/** Gives `{ record, jpeg }` for each record; `jpeg` is undefined where no picture belongs to it. @param onBytes some have come */
export async function* readFramed(url, signal, onBytes = () => undefined) {
  const response = await fetch(url, { signal, cache: 'no-store', headers: { 'x-requested-with': 'page' } });
  if (response.status === 401) throw new LoginNeeded();
  if (!response.ok || response.body === null) throw new Error(`The receiver answered ${response.status}`);
  const cutter = new Cutter(response.body.getReader(), onBytes);
  for (;;) {
    const line = await cutter.line();
    if (line === undefined) return;
    const record = JSON.parse(line);
    const jpeg = typeof record.bytes === 'number' ? await cutter.bytes(record.bytes) : undefined;
    yield { record, jpeg };
  }
}
