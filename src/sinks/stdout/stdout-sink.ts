import type { Camera } from '../../frames/camera.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import type { Delivery } from '../../protocol/frame.ts';
import { counted } from '../../system/counted.ts';
import type { Log } from '../../system/log.ts';
import type { MaybePromise } from '../../system/maybe-promise.ts';
import { QueuedSink } from '../queue/queued-sink.ts';
import type { Sink, SinkStats } from '../sink.ts';
import { FrameWriter } from './frame-writer.ts';

export interface StdoutSettings {
  /**
   * `jpeg`: JPEGs back to back. `framed`: each behind a line of JSON, which `formatRecord` makes.
   */
  readonly format: 'jpeg' | 'framed';
  /**
   * `latest`: the newest frame of each camera; no sender waits. `every`: all frames; each sender
   * waits for the reader.
   */
  readonly delivery: Delivery;
  /** Name or key of the only camera; undefined: all cameras. */
  readonly camera?: string | undefined;
  /** File descriptor; undefined: 1. */
  readonly descriptor?: number;
}

const standardOutput = 1;
const names = { name: 'stdout', activity: 'writing to standard output', participle: 'written to standard output' };

/** Writes the pictures to the next program in a pipe; cameras take turns. */
export class StdoutSink implements Sink {
  readonly #cameras: CameraRegistry;
  readonly #writer: FrameWriter;
  readonly #paced: QueuedSink;
  readonly #log: Log;
  /** Frames that came when the reader was gone. */
  #unread = 0;
  #isClosing = false;

  /**
   * @param stop after its abort, the sink waits at most two seconds for the reader
   * @param onGone called once when the reader is gone, to end a program without other sinks. Where
   * it is undefined, a line says so, and all further frames are dropped.
   */
  constructor(cameras: CameraRegistry, settings: StdoutSettings, log: Log, stop: AbortSignal, onGone?: () => void) {
    const { format, delivery, camera, descriptor = standardOutput } = settings;
    this.#cameras = cameras;
    this.#log = log;
    const tellGone = () => log.warn('The reader of standard output is gone: no more pictures go there');
    this.#writer = new FrameWriter(descriptor, { name: names.name, isFramed: format === 'framed' }, stop, {
      onGone: onGone ?? tellGone,
      onStuck: () => log.warn('The reader of standard output does not read; its last pictures are dropped'),
    });
    // `close` logs the end, with all frames that were dropped.
    const tell = (level: 'info' | 'warn', line: string) => this.#isClosing || log[level](line);
    const told = { info: (line: string) => void tell('info', line), warn: (line: string) => void tell('warn', line) };
    const pace = { maxFrames: 1, maxAtOnce: 1, isDroppable: () => delivery === 'latest' };
    const picks = (_: ReceivedFrame, from: Camera) => from === cameras.findNamed(camera ?? '');
    const sampler = camera === undefined ? undefined : { picks };
    this.#paced = new QueuedSink(cameras, this.#writer, { ...names, ...pace, sampler }, told, stop);
  }

  get stats(): SinkStats {
    const { done, dropped, ...others } = this.#paced.stats;
    const { lost } = this.#writer;
    return { ...others, done: done - lost, dropped: dropped + lost + this.#unread };
  }

  // It has no isFlowing(): a slow reader is no fault of this program, and a restart would not help.

  write(frame: ReceivedFrame): MaybePromise<boolean> {
    if (!this.#writer.isOver) return this.#paced.write(frame);
    this.#unread++;
    this.#cameras.get(frame.connection).countDropped(names.name);
    return true;
  }

  disconnected(connection: ConnectionStats): void {
    this.#paced.disconnected(connection);
  }

  /** Resolves when all frames that wait are written, or two seconds after the stop. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#paced.close();
    const { done, dropped } = this.stats;
    if (dropped === 0) return;
    const what = counted(dropped, 'picture was', 'pictures were');
    this.#log.info(`${what} not ${names.participle}, ${counted(done, 'was', 'were')}`);
  }
}
