import { isatty } from 'node:tty';
import type { CameraRegistry } from '../../cameras/camera-registry.ts';
import { Metrics } from '../../figures/metrics.ts';
import { loadOpenCv } from '../../opencv/load.ts';
import { CodedError } from '../../protocol/errors.ts';
import { DecodeWorker } from '../../sinks/decode.ts';
import { LineWriter } from '../../sinks/line-writer.ts';
import { formatJson, formatLine, LineSink } from '../../sinks/lines.ts';
import { type FrameWorker, type PacedOptions, PacedSink } from '../../sinks/paced-sink.ts';
import { FolderWorker } from '../../sinks/save/folder-worker.ts';
import { Sampler } from '../../sinks/save/sampler.ts';
import type { Sink } from '../../sinks/sink.ts';
import { type WebSettings, WebSink } from '../../sinks/web/web-sink.ts';
import { WindowSink } from '../../sinks/window.ts';
import type { TlsIdentity } from '../../tls/identity.ts';
import type { Terminal } from '../terminal.ts';
import type { SaveChoice, WebChoice } from './outputs.ts';
import { announcePage } from './ready.ts';
import type { ReceiverSettings } from './settings.ts';

const standardOutput = 1;
const standardError = 2;

/** Opens the sinks that were asked for. */
export class SinkOpener {
  readonly #cameras: CameraRegistry;
  readonly #terminal: Terminal;
  readonly #stop: AbortController;
  readonly #sinks: Sink[] = [];

  constructor(cameras: CameraRegistry, terminal: Terminal, stop: AbortController) {
    this.#cameras = cameras;
    this.#terminal = terminal;
    this.#stop = stop;
  }

  /** @throws CodedError OUTPUT_FAILED, WINDOW_FAILED, ADDON_MISSING, ADDON_UNUSABLE, LISTEN_FAILED */
  async open({ outputs }: ReceiverSettings, tls: TlsIdentity | undefined): Promise<readonly Sink[]> {
    const sinks = this.#sinks;
    if (outputs.save !== undefined) sinks.push(await this.#openSave(outputs.save));
    if (outputs.show) {
      sinks.push(new WindowSink(this.#cameras, loadOpenCv(), this.#terminal, () => this.#stop.abort()));
    }
    if (outputs.decode) {
      const names = { name: 'decode', activity: 'decoding', participle: 'decoded' };
      sinks.push(this.#pace(new DecodeWorker(loadOpenCv(), this.#terminal), names));
    }
    if (outputs.lines !== 'none') sinks.push(this.#openLines(outputs.lines === 'json'));
    if (outputs.web !== undefined) sinks.push(await this.#openWeb(outputs.web, tls));
    return sinks;
  }

  async #openWeb(choice: WebChoice, tls: TlsIdentity | undefined): Promise<Sink> {
    const metrics = new Metrics({
      cameras: this.#cameras,
      sinks: () => this.#sinks.flatMap(({ figures }) => figures ?? []),
      web: () => sink.webFigures,
    });
    const settings: WebSettings = {
      ...choice,
      tls,
      recordings: undefined,
      metrics: async () => ({ type: metrics.contentType, text: await metrics.render() }),
    };
    const sink: WebSink = await WebSink.open(settings, this.#cameras, this.#terminal);
    announcePage(
      sink.addresses,
      { hasTls: tls !== undefined, hasPassword: choice.token !== undefined },
      this.#terminal,
    );
    return sink;
  }

  async #openSave({ names, sampling }: SaveChoice): Promise<Sink> {
    const worker = await FolderWorker.open(names);
    const sampler = sampling === undefined ? undefined : new Sampler(sampling);
    return this.#pace(worker, { name: 'save', activity: 'saving', participle: 'saved', sampler });
  }

  #pace(worker: FrameWorker, options: PacedOptions): Sink {
    return new PacedSink(this.#cameras, worker, options, this.#terminal, this.#stop.signal);
  }

  #openLines(isJson: boolean): Sink {
    const format = isJson ? formatJson : formatLine;
    const terminal = this.#terminal;
    // On a terminal they share the screen with the live lines.
    if (isatty(standardOutput) && isatty(standardError)) {
      const output = { write: (line: string) => terminal.print(line), isBehind: false, flush: async () => undefined };
      return new LineSink(format, output, terminal);
    }
    const writer = new LineWriter(standardOutput, this.#stop.signal, (error) => {
      // The next program in the pipe has seen enough: a good end. Anything else is not.
      if (error.code === 'EPIPE') this.#stop.abort();
      else if (error.code === 'EAGAIN')
        terminal.warn('The reader of standard output does not read; its last lines are dropped');
      else this.#stop.abort(new CodedError('OUTPUT_FAILED', `Cannot write to standard output: ${error.message}`));
    });
    return new LineSink(format, writer, terminal);
  }
}
