import { type HeldFrame, markOf } from '../../delivery/held-frames.ts';
import type { Stream } from '../../delivery/stream-registry.ts';
import { readClocks } from '../../system/clock.ts';
import type { Wait } from '../../system/maybe-promise.ts';

/** How long the receiver waits for the name of a sender that goes on sending classic frames. */
const nameTimeoutMs = 30_000;
/** Frames that are delivered at once, before other connections have their turn. */
const maxFramesAtOnce = 64;

/** Holds the classic frames of a stream until their sender has said its name, so that each frame has it. */
export class NameWait {
  readonly #stream: Stream;
  readonly #deliver: (held: HeldFrame) => Wait;
  readonly #startedMs = performance.now();
  /** The name was waited for long enough, or there is no room for more. */
  #isOver = false;
  /** Frames that are delivered one after another. */
  #released: HeldFrame[] = [];

  /** @param deliver takes a frame that was held. Throws ProtocolError */
  constructor(stream: Stream, deliver: (held: HeldFrame) => Wait) {
    this.#stream = stream;
    this.#deliver = deliver;
  }

  get isHolding(): boolean {
    return !this.#stream.held.isEmpty;
  }

  /** Frames that were released and not delivered. */
  get left(): number {
    return this.#released.length;
  }

  /** `passed`: the frame is not held, and neither is any later one. */
  hold(incoming: HeldFrame['incoming']): 'held' | 'duplicate' | 'passed' {
    if (this.#isOver) return 'passed';
    const { held } = this.#stream;
    const mark = markOf(incoming);
    // It came over an earlier connection as well.
    if (mark !== undefined && mark.sequence <= held.newest) return 'duplicate';
    const isInTime = performance.now() - this.#startedMs < nameTimeoutMs;
    this.#isOver = !isInTime || !held.add({ incoming, received: readClocks() });
    return this.#isOver ? 'passed' : 'held';
  }

  /** Delivers the frames that are held; a promise resolves when all are. Throws what `deliver` throws. */
  release(maxFrames = maxFramesAtOnce): Wait {
    const { held } = this.#stream;
    if (!held.isEmpty) this.#released.push(...held.takeAll());
    if (this.#released.length === 0) return undefined;
    const frames = this.#released.splice(0, maxFrames);
    const goOn = () => this.release();
    for (let next = frames.shift(); next !== undefined; next = frames.shift()) {
      const waiting = this.#deliver(next);
      if (!(waiting instanceof Promise)) continue;
      this.#released.unshift(...frames);
      return waiting.then(goOn);
    }
    return this.#released.length === 0 ? undefined : new Promise(setImmediate).then(goOn);
  }
}
