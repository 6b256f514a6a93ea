import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { CameraForgetter } from '../../src/frames/forget-camera.ts';
import type { ReceivedFrame } from '../../src/frames/received-frame.ts';
import { ResultHub } from '../../src/frames/results/result-hub.ts';
import type { RawOptions } from '../../src/options/option.ts';
import type { Delivery } from '../../src/protocol/frame.ts';
import { formatJson, LineSink } from '../../src/sinks/lines/line-sink.ts';
import { LineWriter } from '../../src/sinks/lines/line-writer.ts';
import { findWanted } from '../../src/sinks/open-sinks.ts';
import { Pipeline } from '../../src/sinks/pipeline.ts';
import { RecordingHub } from '../../src/sinks/recording-hub.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import type { SinkContext } from '../../src/sinks/sink-module.ts';
import { StdoutSink } from '../../src/sinks/stdout/stdout-sink.ts';
import { FairScheduler } from '../../src/system/fair-scheduler.ts';
import { makeReceived, makeSender } from '../support/frames.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { TrialLog } from '../support/trial-log.ts';

type Opener = (context: SinkContext, output: Output) => Promise<Sink>;

interface Output {
  /** A folder of its own. */
  readonly directory: string;
  /** Takes whatever is written. */
  readonly descriptor: number;
}

/** Opens the sink of that module with options as a user gives them. */
function withOptions(name: string, list: (output: Output) => RawOptions): Opener {
  return async (context, output) => {
    const [wanted] = findWanted({ quiet: 'true', ...list(output) }).filter(({ module }) => module.name === name);
    assert.ok(wanted !== undefined);
    return await wanted.module.open(wanted.settings, context);
  };
}

/** Every sink that needs no screen, by the name of its module. */
export const openers: Record<string, Opener> = {
  record: withOptions('record', ({ directory }) => ({ record: directory })),
  save: withOptions('save', ({ directory }) => ({ save: `${directory}/{name}-{sequence}.jpg` })),
  decode: withOptions('decode', () => ({ decode: 'true' })),
  // It answers nothing.
  detect: withOptions('detect', () => ({ detect: '/bin/cat' })),
  hooks: withOptions('hooks', () => ({ 'on-frame': '/bin/true' })),
  // Nothing listens there.
  nats: withOptions('nats', () => ({ publish: 'nats://127.0.0.1:1' })),
  web: withOptions('web', () => ({ web: '0' })),
  // The standard output of this process is for the results of tests.
  lines: async ({ stop, log }, { descriptor }) =>
    new LineSink(formatJson, new LineWriter(descriptor, stop.signal, (error) => log.warn(String(error))), log),
  stdout: async ({ cameras, stop, log }, { descriptor }) =>
    new StdoutSink(cameras, { format: 'framed', delivery: 'latest', descriptor }, log, stop.signal),
};

/** One sink behind the pipeline, as a receiver has it. */
export class TrialSink implements AsyncDisposable {
  readonly sink: Sink;
  readonly pipeline: Pipeline;
  readonly #stop: AbortController;
  readonly #close: () => Promise<void>;
  #connections = 0;

  static async open(opener: Opener): Promise<TrialSink> {
    const directory = await mkdtemp(join(tmpdir(), 'is-sink-'));
    const output = await open('/dev/null', 'w');
    const close = async () => {
      await output.close();
      // A frame that comes behind the end may still be written: then the folder is not empty at first.
      await rm(directory, { recursive: true, maxRetries: 10 });
    };
    const cameras = new CameraRegistry();
    const log = new TrialLog();
    const context: SinkContext = {
      cameras,
      forgetter: new CameraForgetter(cameras, log),
      log,
      stop: new AbortController(),
      scheduler: new FairScheduler(),
      tls: undefined,
      takesEveryFrame: false,
      hasOthers: false,
      recordings: new RecordingHub(),
      results: new ResultHub(),
      inviter: undefined,
      print: () => undefined,
      renderMetrics: () => ({ type: '', text: '' }),
    };
    return new TrialSink(await opener(context, { directory, descriptor: output.fd }), context, close);
  }

  private constructor(sink: Sink, { cameras, stop }: SinkContext, close: () => Promise<void>) {
    this.sink = sink;
    this.#stop = stop;
    this.#close = close;
    this.pipeline = new Pipeline([sink], { cameras, count: 0, onDone: () => undefined });
    this.pipeline.start();
  }

  connect(delivery: Delivery) {
    const stream = `cam${++this.#connections}-k3x9f2ab`;
    const address = `127.0.0.1:${this.#connections}`;
    const connection = makeSender({ name: `cam${this.#connections}`, stream, delivery, address });
    this.pipeline.connected(connection);
    const frame = (sequence: number): ReceivedFrame => {
      const us = 1_769_860_800_000_000 + sequence * 40_000;
      const picture = { jpeg: fakeJpeg(64, 48, 1000), width: 64, height: 48, capturedAtUs: us, receivedAtUs: us };
      return makeReceived({ connection, sequence, ...picture });
    };
    const send = (sequence: number) => this.pipeline.deliver(frame(sequence));
    const leave = () => this.pipeline.disconnected(connection, undefined);
    return { send, frame, leave };
  }

  /** As at the end of a receiver: no frame comes any more, and all is closed. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.pipeline.close();
  }

  /** Frames that the sink has dealt with or dropped. */
  get counted(): number {
    const { done, dropped } = this.sink.stats ?? { done: 0, dropped: 0 };
    return done + dropped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#stop.signal.aborted) await this.stop();
    await this.#close();
  }
}
