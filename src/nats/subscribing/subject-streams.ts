import type { CameraStream } from './camera-stream.ts';
import type { NatsFrame } from './frame-reader.ts';

/** Live streams of one subject. */
export const maxStreamsOfSubject = 8;

type Identity = Pick<NatsFrame['metadata'], 'stream' | 'publisher'>;

/** The streams of one subject: one, unless several live cameras have the same name. */
export class SubjectStreams {
  readonly #streams = new Map<string, CameraStream>();
  /** When the last frame came of streams that another replaced. One that is back is a slow one that lives. */
  readonly #formers = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  get isFull(): boolean {
    return this.#streams.size >= maxStreamsOfSubject;
  }

  [Symbol.iterator](): Iterator<CameraStream> {
    return this.#streams.values();
  }

  find(identity: Identity): CameraStream | undefined {
    return this.#streams.get(identify(identity));
  }

  add(stream: CameraStream): void {
    const id = identify(stream);
    stream.resume(this.#formers.get(id));
    this.#streams.set(id, stream);
  }

  /** Removes those that are over, as far as that tells. Returns them. */
  removeWhere(isOver: (stream: CameraStream) => boolean): CameraStream[] {
    const removed: CameraStream[] = [];
    for (const [id, stream] of this.#streams) {
      if (!isOver(stream)) continue;
      this.#streams.delete(id);
      removed.push(stream);
    }
    return removed;
  }

  /** Removes those that another replaces which begins at that time of the server's clock. Returns them. */
  removeFormer(atMs: number): CameraStream[] {
    const removed = this.removeWhere((stream) => stream.isFormer(atMs));
    for (const stream of removed) this.#formers.set(identify(stream), stream.storedAtMs);
    for (const id of this.#formers.keys()) if (this.#formers.size > maxStreamsOfSubject) this.#formers.delete(id);
    return removed;
  }
}

/** The id of a stream has enough chance in it to be the only one. */
function identify({ stream, publisher }: Identity): string {
  return stream === undefined ? `publisher ${publisher}` : stream;
}
