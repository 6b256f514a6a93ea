import { isatty } from 'node:tty';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import { renderMetrics } from '../../metrics/metrics.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import { loadOpenCv } from '../../opencv/load.ts';
import { CodedError } from '../../protocol/errors.ts';
import { DecodeProcessor } from '../../sinks/decode/decode-processor.ts';
import { readHookCommand } from '../../sinks/hooks/hook-command.ts';
import { type HookKind, hookKinds } from '../../sinks/hooks/hook-event.ts';
import { HooksSink } from '../../sinks/hooks/hooks-sink.ts';
import { formatJson, formatLine, LineSink } from '../../sinks/lines/line-sink.ts';
import { LineWriter } from '../../sinks/lines/line-writer.ts';
import { PublishSink } from '../../sinks/nats/publish-sink.ts';
import { type FrameProcessor, QueuedSink, type QueueOptions } from '../../sinks/queue/queued-sink.ts';
import { matroskaFormat } from '../../sinks/record/matroska-segment.ts';
import { Mp4Format } from '../../sinks/record/mp4-segment.ts';
import { RecordProcessor } from '../../sinks/record/record-processor.ts';
import { Sampler } from '../../sinks/sampler.ts';
import { SaveProcessor } from '../../sinks/save/save-processor.ts';
import type { Sink } from '../../sinks/sink.ts';
import { type StdoutSettings, StdoutSink } from '../../sinks/stdout/stdout-sink.ts';
import type { RecordingIndex } from '../../sinks/web/recording-index.ts';
import { type WebSettings, WebSink } from '../../sinks/web/web-sink.ts';
import { WindowSink } from '../../sinks/window/window-sink.ts';
import type { FairScheduler } from '../../system/fair-scheduler.ts';
import { describeFileError } from '../../system/file-error.ts';
import type { Terminal } from '../terminal.ts';
import type { HookChoice, RecordChoice, SaveChoice, WebChoice } from './outputs.ts';
import { announcePage } from './ready.ts';
import type { ReceiverSettings } from './settings.ts';

const standardOutput = 1;
const standardError = 2;

/** Opens the sinks that were asked for. */
export class SinkOpener {
  readonly #cameras: CameraRegistry;
  readonly #terminal: Terminal;
  readonly #stop: AbortController;
  readonly #scheduler: FairScheduler;
  readonly #sinks: Sink[] = [];

  /** @param scheduler of all connections of the program */
  constructor(cameras: CameraRegistry, terminal: Terminal, stop: AbortController, scheduler: FairScheduler) {
    this.#scheduler = scheduler;
    this.#cameras = cameras;
    this.#terminal = terminal;
    this.#stop = stop;
  }

  /** @throws CodedError OUTPUT_FAILED, WINDOW_FAILED, ADDON_MISSING, ADDON_UNUSABLE, LISTEN_FAILED */
  async open(settings: ReceiverSettings, tls: TlsIdentity | undefined): Promise<readonly Sink[]> {
    const { web, show, decode, record, save, hooks, stdout, publish, lines } = settings.outputs;
    const sinks = this.#sinks;
    const hooked = hooks === undefined ? undefined : await this.#openHooks(hooks);
    const recorder = record === undefined ? undefined : await this.#openRecorder(record, hooked);
    if (recorder !== undefined) {
      sinks.push(this.#pace(recorder, { name: 'record', activity: 'recording', participle: 'recorded' }));
    }
    if (save !== undefined) sinks.push(await this.#openSave(save));
    if (show) sinks.push(new WindowSink(this.#cameras, loadOpenCv(), this.#terminal, () => this.#stop.abort()));
    if (decode) {
      const names = { name: 'decode', activity: 'decoding', participle: 'decoded' };
      sinks.push(this.#pace(new DecodeProcessor(loadOpenCv(), this.#terminal), names));
    }
    if (publish !== undefined) sinks.push(new PublishSink(this.#cameras, publish, this.#terminal, this.#stop.signal));
    const hasOthers = sinks.length > 0 || web !== undefined || hooked !== undefined;
    if (lines !== 'none') sinks.push(this.#openLines(lines === 'json', hasOthers));
    if (stdout !== undefined) sinks.push(this.#openStdout(stdout, hasOthers));
    if (web !== undefined) sinks.push(await this.#openWeb(web, tls, recorder?.recordingIndex));
    if (hooked !== undefined) sinks.push(hooked);
    return sinks;
  }

  /** Where nothing else is to be done, the end of the reader is the end. */
  #openStdout(settings: StdoutSettings, hasOthers: boolean): Sink {
    if (isatty(standardOutput)) {
      throw new CodedError(
        'BAD_OPTION',
        'Cannot use --stdout on a terminal as pictures are no text: give it a reader, as in | ffplay -',
      );
    }
    const end = () => {
      this.#terminal.info('The reader of standard output is gone, and there is nothing else to do');
      this.#stop.abort();
    };
    const onGone = hasOthers ? undefined : end;
    return new StdoutSink(this.#cameras, settings, this.#terminal, this.#stop.signal, onGone);
  }

  async #openHooks(choice: HookChoice): Promise<HooksSink> {
    const { stallAfterMs, frameEvery, timeoutMs, useShell, commands } = choice;
    const read = async (kind: HookKind) => {
      const text = commands[kind];
      if (text === undefined) return undefined;
      return await readHookCommand(text, useShell).catch((error: CodedError) => {
        throw new CodedError(error.code, `--on-${kind}: ${error.message}`);
      });
    };
    const found = await Promise.all(hookKinds.map(async (kind) => [kind, await read(kind)] as const));
    const settings = { ...Object.fromEntries(found), stallAfterMs, frameEvery, timeoutMs };
    return new HooksSink(this.#cameras, settings, this.#terminal);
  }

  #openRecorder(
    { directory, format, segment, limits }: RecordChoice,
    hooks: HooksSink | undefined,
  ): Promise<RecordProcessor> {
    const settings = {
      directory,
      segment,
      limits,
      format: format === 'mp4' ? new Mp4Format(loadOpenCv()) : matroskaFormat,
    };
    return RecordProcessor.open(
      settings,
      this.#terminal,
      ({ camera, path, startedAtMs, durationMs, frames, bytes }) => {
        const [startedAtUs, endedAtUs] = [startedAtMs * 1000, Math.round((startedAtMs + durationMs) * 1000)];
        hooks?.segment(camera, { file: path, startedAtUs, endedAtUs, frames, bytes });
      },
    );
  }

  async #openWeb(
    choice: WebChoice,
    tls: TlsIdentity | undefined,
    recordings: RecordingIndex | undefined,
  ): Promise<Sink> {
    const stats = {
      cameras: this.#cameras,
      sinks: () => this.#sinks.flatMap(({ stats }) => stats ?? []),
      web: () => sink.webStats,
    };
    const settings: WebSettings = {
      ...choice,
      tls,
      scheduler: this.#scheduler,
      recordings,
      metrics: () => renderMetrics(stats),
    };
    const sink: WebSink = await WebSink.open(settings, this.#cameras, this.#terminal);
    announcePage(
      sink.addresses,
      { hasTls: tls !== undefined, hasPassword: choice.token !== undefined },
      this.#terminal,
    );
    return sink;
  }

  async #openSave({ names, sampling, limits }: SaveChoice): Promise<Sink> {
    const processor = await SaveProcessor.open(names, limits, this.#terminal);
    if (!names.isOfCamera) {
      this.#terminal.warn(
        "files of several cameras may take each other's place: put {name} into the pattern of --save",
      );
    }
    if (names.isRepeating) {
      const advice = 'put {time} into the pattern of --save';
      this.#terminal.warn(
        `numbers begin at 1 with each run of a sender, and files then take the place of older ones: ${advice}`,
      );
    }
    const sampler = sampling === undefined ? undefined : new Sampler(sampling);
    return this.#pace(processor, { name: 'save', activity: 'saving', participle: 'saved', sampler });
  }

  #pace(processor: FrameProcessor, options: QueueOptions): Sink {
    return new QueuedSink(this.#cameras, processor, options, this.#terminal, this.#stop.signal);
  }

  #openLines(isJson: boolean, hasOthers: boolean): Sink {
    const format = isJson ? formatJson : formatLine;
    const terminal = this.#terminal;
    // On a terminal they share the screen with the live lines.
    if (isatty(standardOutput) && isatty(standardError)) {
      const output = {
        write: (line: string) => terminal.print(line),
        isBehind: () => false,
        flush: async () => undefined,
      };
      return new LineSink(format, output, terminal);
    }
    const writer = new LineWriter(standardOutput, this.#stop.signal, (error) => {
      // The next program in the pipe has seen enough: a good end. Anything else is not.
      if (error.code === 'EPIPE' && hasOthers)
        terminal.warn('The reader of standard output is gone: lines go there no more');
      else if (error.code === 'EPIPE') this.#stop.abort();
      else if (error.code === 'EAGAIN')
        terminal.warn('The reader of standard output does not read; its last lines are dropped');
      else
        this.#stop.abort(
          new CodedError('OUTPUT_FAILED', `Cannot write to standard output: ${describeFileError(error)}`),
        );
    });
    return new LineSink(format, writer, terminal);
  }
}
