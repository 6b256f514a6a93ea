import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import type { ReceivedFrame } from '../../src/frames/received-frame.ts';
import { parseNatsAddress } from '../../src/nats/nats-address.ts';
import { loadOpenCv } from '../../src/opencv/load.ts';
import type { Delivery } from '../../src/protocol/frame.ts';
import { DecodeProcessor } from '../../src/sinks/decode/decode-processor.ts';
import { HooksSink } from '../../src/sinks/hooks/hooks-sink.ts';
import { formatJson, LineSink } from '../../src/sinks/lines/line-sink.ts';
import { LineWriter } from '../../src/sinks/lines/line-writer.ts';
import { PublishSink } from '../../src/sinks/nats/publish-sink.ts';
import { Pipeline } from '../../src/sinks/pipeline.ts';
import type { FrameProcessor } from '../../src/sinks/queue/frame-processor.ts';
import { QueuedSink } from '../../src/sinks/queue/queued-sink.ts';
import { matroskaFormat } from '../../src/sinks/record/matroska-segment.ts';
import { RecordProcessor } from '../../src/sinks/record/record-processor.ts';
import { parseFileNames } from '../../src/sinks/save/file-names.ts';
import { SaveProcessor } from '../../src/sinks/save/save-processor.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { StdoutSink } from '../../src/sinks/stdout/stdout-sink.ts';
import { WebSink } from '../../src/sinks/web/web-sink.ts';
import { makeReceived, makeSender } from '../support/frames.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { TrialLog } from '../support/trial-log.ts';
import { trialSettings } from './web/trial-cameras.ts';

/** What a sink is opened with. */
interface Context {
  readonly cameras: CameraRegistry;
  readonly log: TrialLog;
  readonly stop: AbortSignal;
  /** A folder of its own. */
  readonly directory: string;
  /** Takes whatever is written. */
  readonly descriptor: number;
}

function queued({ cameras, log, stop }: Context, name: string, processor: FrameProcessor): Sink {
  return new QueuedSink(cameras, processor, { name, activity: `trying ${name}`, participle: 'tried' }, log, stop);
}

/** Every sink that needs no screen, by its name. */
export const openers: Record<string, (context: Context) => Sink | Promise<Sink>> = {
  record: async (context) => {
    const { directory, log } = context;
    const settings = { directory, format: matroskaFormat, segment: {}, limits: {} };
    return queued(context, 'record', await RecordProcessor.open(settings, log, () => undefined));
  },
  save: async (context) => {
    const names = parseFileNames(`${context.directory}/{name}-{sequence}.jpg`);
    return queued(context, 'save', await SaveProcessor.open(names, undefined, context.log));
  },
  decode: (context) => queued(context, 'decode', new DecodeProcessor(loadOpenCv(), context.log)),
  lines: ({ descriptor, stop, log }) =>
    new LineSink(formatJson, new LineWriter(descriptor, stop, (error) => log.warn(String(error))), log),
  stdout: ({ cameras, descriptor, stop, log }) =>
    new StdoutSink(cameras, { format: 'framed', delivery: 'latest', descriptor }, log, stop),
  hooks: ({ cameras, log }) => {
    const frame = { path: '/bin/true', args: [] };
    return new HooksSink(cameras, { frame, stallAfterMs: 60_000, frameEvery: 1, timeoutMs: 20_000 }, log);
  },
  // Nothing listens there.
  nats: ({ cameras, log, stop }) => {
    const login = { credentials: undefined, nkeySeed: undefined, tls: undefined };
    const address = parseNatsAddress('nats://127.0.0.1:1');
    const nats = { address, ...login, clientName: 'trial', retries: 0, connectTimeoutMs: 1000 };
    return new PublishSink(cameras, { nats, retention: 'newest', stallAfterMs: 60_000 }, log, stop);
  },
  web: ({ cameras, log }) => WebSink.open(trialSettings, cameras, log),
};

/** One sink behind the pipeline, as a receiver has it. */
export class TrialSink implements AsyncDisposable {
  readonly sink: Sink;
  readonly pipeline: Pipeline;
  readonly #stop: AbortController;
  readonly #close: () => Promise<void>;
  #connections = 0;

  static async open(opener: (context: Context) => Sink | Promise<Sink>): Promise<TrialSink> {
    const stop = new AbortController();
    const directory = await mkdtemp(join(tmpdir(), 'is-sink-'));
    const output = await open('/dev/null', 'w');
    const close = async () => {
      await output.close();
      await rm(directory, { recursive: true });
    };
    const shared = { cameras: new CameraRegistry(), log: new TrialLog(), stop: stop.signal };
    const context = { ...shared, directory, descriptor: output.fd };
    return new TrialSink(await opener(context), context.cameras, stop, close);
  }

  private constructor(sink: Sink, cameras: CameraRegistry, stop: AbortController, close: () => Promise<void>) {
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
