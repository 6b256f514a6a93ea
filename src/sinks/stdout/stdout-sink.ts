import type { Camera } from '../../frames/camera.ts';
import { plainName } from '../../frames/camera-key.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import type { Delivery } from '../../protocol/frame.ts';
import { counted } from '../../system/counted.ts';
import type { Log } from '../../system/log.ts';
import { QueuedSink } from '../queue/queued-sink.ts';
import type { Sink, SinkStats } from '../sink.ts';
import { FrameWriter } from './frame-writer.ts';

export interface StdoutSettings {
  /** `jpeg`: back to back. `framed`: each behind a line of JSON, as `formatRecord` makes it. */
  readonly format: 'jpeg' | 'framed';
  /** `latest`: the newest frame of each camera, and nobody waits. `every`: all frames, and each sender waits for the reader. */
  readonly delivery: Delivery;
  /** Name or key of the one camera; undefined: all. */
  readonly camera?: string | undefined;
  /** File descriptor; 1 without. */
  readonly descriptor?: number;
}

const standardOutput = 1;
const names = { name: 'stdout', activity: 'writing to standard output', participle: 'written to standard output' };

/** Hands the pictures to the next program in a pipe, of all cameras in turn. */
export class StdoutSink implements Sink {
  readonly #cameras: CameraRegistry;
  readonly #writer: FrameWriter;
  readonly #paced: QueuedSink;
  readonly #log: Log;
  /** Frames that came when there was nobody to read them. */
  #unread = 0;
  #isClosing = false;

  /**
   * @param stop from its abort on, a reader that does not read is waited for no more than two seconds
   * @param onGone called once when the reader is gone: to end the program, where nothing else is to be done. Without it, a line says so,
   * and frames are dropped from there on.
   */
  constructor(cameras: CameraRegistry, settings: StdoutSettings, log: Log, stop: AbortSignal, onGone?: () => void) {
    const { format, delivery, camera, descriptor = standardOutput } = settings;
    this.#cameras = cameras;
    this.#log = log;
    const tellGone = () => log.warn('The reader of standard output is gone: pictures go there no more');
    this.#writer = new FrameWriter(descriptor, { name: names.name, isFramed: format === 'framed' }, stop, {
      onGone: onGone ?? tellGone,
      onStuck: () => log.warn('The reader of standard output does not read; its last pictures are dropped'),
    });
    // The end is told of here, with all that was dropped.
    const tell = (level: 'info' | 'warn', line: string) => this.#isClosing || log[level](line);
    const told = { info: (line: string) => void tell('info', line), warn: (line: string) => void tell('warn', line) };
    const pace = { maxFrames: 1, maxAtOnce: 1, isDroppable: () => delivery === 'latest' };
    const key = camera === undefined ? undefined : plainName(camera);
    const sampler = key === undefined ? undefined : { picks: (_: ReceivedFrame, from: Camera) => from.key === key };
    this.#paced = new QueuedSink(cameras, this.#writer, { ...names, ...pace, sampler }, told, stop);
  }

  get stats(): SinkStats {
    const { done, dropped, ...others } = this.#paced.stats;
    const { lost } = this.#writer;
    return { ...others, done: done - lost, dropped: dropped + lost + this.#unread };
  }

  // It has no isFlowing(): a reader that takes its time is no fault of this program, and no restart of it helps.

  write(frame: ReceivedFrame): boolean | Promise<boolean> {
    if (!this.#writer.isOver) return this.#paced.write(frame);
    this.#unread++;
    this.#cameras.get(frame.connection).countDropped(names.name);
    return true;
  }

  disconnected(connection: ConnectionStats): void {
    this.#paced.disconnected(connection);
  }

  /** Resolves when what waits is written, or two seconds after the stop. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#paced.close();
    const { done, dropped } = this.stats;
    if (dropped === 0) return;
    const what = counted(dropped, 'picture was', 'pictures were');
    this.#log.info(`${what} not ${names.participle}, ${counted(done, 'was', 'were')}`);
  }
}
