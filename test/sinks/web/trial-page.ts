import { Buffer } from 'node:buffer';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { ResultHub } from '../../../src/frames/results/result-hub.ts';
import { type WebSettings, WebSink } from '../../../src/sinks/web/web-sink.ts';
import { TrialLog } from '../../support/trial-log.ts';
import { type AskOptions, ask } from './ask.ts';
import { TrialCamera, trialSettings } from './trial-cameras.ts';

/**
 * A page on a free port of this machine, with cameras as the test wants them; closes with the
 * block.
 */
export class TrialPage implements AsyncDisposable {
  readonly cameras: CameraRegistry;
  /** Of a detector, as the test tells them. */
  readonly results: ResultHub;
  readonly sink: WebSink;
  readonly log: TrialLog;

  private constructor({ cameras, results, sink, log }: Pick<TrialPage, 'cameras' | 'results' | 'sink' | 'log'>) {
    this.cameras = cameras;
    this.results = results;
    this.sink = sink;
    this.log = log;
  }

  static async open(settings: Partial<WebSettings> = {}): Promise<TrialPage> {
    const log = new TrialLog();
    const cameras = new CameraRegistry();
    const results = new ResultHub();
    const sink = await WebSink.open({ ...trialSettings, results, ...settings }, cameras, log);
    return new TrialPage({ cameras, results, sink, log });
  }

  get port(): number {
    return this.sink.addresses[0]?.port ?? 0;
  }

  connect(name: string): TrialCamera {
    return new TrialCamera(this.cameras, this.sink, name);
  }

  ask(path: string, options: AskOptions = {}) {
    return ask(this.port, path, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sink.close();
  }
}

/** Cuts a framed stream into its records, with the JPEGs behind them. */
export async function* readFramed(body: AsyncIterable<Uint8Array>) {
  let rest = Buffer.alloc(0);
  let wanted: { record: FramedRecord; end: number } | undefined;
  for await (const chunk of body) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (wanted === undefined) {
        const end = rest.indexOf(10);
        if (end === -1) break;
        const record = JSON.parse(rest.subarray(0, end).toString()) as FramedRecord;
        rest = rest.subarray(end + 1);
        wanted = { record, end: record.bytes ?? 0 };
      }
      if (rest.length < wanted.end) break;
      yield { record: wanted.record, jpeg: new Uint8Array(rest.subarray(0, wanted.end)) };
      rest = rest.subarray(wanted.end);
      wanted = undefined;
    }
  }
}

export interface FramedRecord {
  readonly type?: string;
  readonly camera?: string;
  readonly sequence?: number;
  readonly bytes?: number;
  readonly atMs?: number;
  readonly cameras?: readonly { readonly key: string; readonly history: readonly unknown[] }[];
}
