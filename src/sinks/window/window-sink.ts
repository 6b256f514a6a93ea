import type { CameraRegistry } from '../../frames/camera-registry.ts';
import { type ConnectionStats, formatConnection, type ReceivedFrame } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import { type Addon, firstLine } from '../../opencv/addon.ts';
import { decodeJpeg } from '../../opencv/jpeg.ts';
import { Windows } from '../../opencv/window.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { Sink, SinkStats } from '../sink.ts';

const pollMs = 15;

/** The window of one sender: at most one frame is being shown, and the newest waits. */
interface View {
  waiting: ReceivedFrame | undefined;
  showing: Promise<void> | undefined;
  isGone: boolean;
}

/**
 * Shows the newest picture of each sender in a window of its own. Frames that come faster than that
 * are dropped.
 */
export class WindowSink implements Sink {
  readonly #cameras: CameraRegistry;
  readonly #cv: Addon;
  readonly #log: LimitedLog;
  readonly #windows: Windows;
  readonly #views = new Map<ConnectionStats, View>();
  readonly #showing = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #done = 0;
  #dropped = 0;
  #failures = 0;

  /** @throws CodedError WINDOW_FAILED */
  constructor(cameras: CameraRegistry, cv: Addon, log: Log, onQuit: () => void) {
    this.#cameras = cameras;
    this.#cv = cv;
    this.#log = new LimitedLog(log);
    this.#windows = new Windows(cv);
    this.#timer = setInterval(() => {
      if (this.#windows.poll()) onQuit();
    }, pollMs);
  }

  get stats(): SinkStats {
    const none = { waitingFrames: 0, waitingBytes: 0 };
    return { name: 'show', done: this.#done, dropped: this.#dropped, failures: this.#failures, ...none };
  }

  write(frame: ReceivedFrame): boolean {
    let view = this.#views.get(frame.connection);
    if (view === undefined) {
      view = { waiting: undefined, showing: undefined, isGone: false };
      this.#views.set(frame.connection, view);
    }
    // Only the newest frame is worth showing.
    if (view.waiting !== undefined) this.#dropped++;
    view.waiting = frame;
    view.showing ??= this.#start(view);
    return true;
  }

  disconnected(connection: ConnectionStats): void {
    const view = this.#views.get(connection);
    if (view !== undefined) view.isGone = true;
    this.#views.delete(connection);
    this.#windows.close(formatTitle(connection));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const sender of [...this.#views.keys()]) this.disconnected(sender);
    await Promise.all(this.#showing);
  }

  #start(view: View): Promise<void> {
    const showing = this.#showAll(view).finally(() => this.#showing.delete(showing));
    this.#showing.add(showing);
    return showing;
  }

  async #showAll(view: View): Promise<void> {
    while (view.waiting !== undefined && !view.isGone) {
      const frame = view.waiting;
      view.waiting = undefined;
      await this.#show(frame, view);
    }
    view.showing = undefined;
  }

  async #show(frame: ReceivedFrame, view: View): Promise<void> {
    try {
      const mat = await decodeJpeg(this.#cv, frame.jpeg);
      if (!view.isGone) this.#windows.show(formatTitle(frame.connection), mat);
      mat.release();
      this.#done++;
    } catch (error) {
      this.#failures++;
      if (!view.isGone) this.#cameras.get(frame.connection).damaged++;
      const line = `${formatConnection(frame.connection)}: cannot show frame ${frame.sequence}: ${firstLine(error).message}`;
      this.#log.warn('damaged', line, hostKeyOf(frame.connection.address));
    }
  }
}

/** A title that does not change: the name of the sender may come after its first frame. */
function formatTitle({ stream, address }: ConnectionStats): string {
  return stream === undefined ? address : `${stream} (${address})`;
}
