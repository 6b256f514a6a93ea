import { isatty } from 'node:tty';
import type { CameraRegistry } from '../cameras/camera-registry.ts';
import { loadOpenCv } from '../opencv/load.ts';
import { CodedError } from '../protocol/errors.ts';
import { DecodeWorker } from '../sinks/decode.ts';
import { FolderWorker } from '../sinks/folder.ts';
import { LineWriter } from '../sinks/line-writer.ts';
import { formatJson, formatLine, LineSink } from '../sinks/lines.ts';
import { PacedSink } from '../sinks/paced-sink.ts';
import type { Sink } from '../sinks/sink.ts';
import { WindowSink } from '../sinks/window.ts';
import type { ReceiverSettings } from './receiver-options.ts';
import type { Terminal } from './terminal.ts';

const standardOutput = 1;
const standardError = 2;

/** The sinks that were asked for. @throws CodedError OUTPUT_FAILED, WINDOW_FAILED, ADDON_MISSING, ADDON_UNUSABLE */
export async function openSinks(
  settings: ReceiverSettings,
  cameras: CameraRegistry,
  terminal: Terminal,
  stop: AbortController,
): Promise<Sink[]> {
  const sinks: Sink[] = [];
  if (settings.saveDirectory !== undefined) {
    const worker = await FolderWorker.open(settings.saveDirectory);
    const names = { name: 'save', activity: 'saving', participle: 'saved' };
    sinks.push(new PacedSink(cameras, worker, names, terminal, stop.signal));
  }
  if (settings.show) sinks.push(new WindowSink(cameras, loadOpenCv(), terminal, () => stop.abort()));
  if (settings.decode) {
    const names = { name: 'decode', activity: 'decoding', participle: 'decoded' };
    sinks.push(new PacedSink(cameras, new DecodeWorker(loadOpenCv(), terminal), names, terminal, stop.signal));
  }
  if (settings.lines !== 'none') sinks.push(openLines(settings.lines === 'json', terminal, stop));
  return sinks;
}

function openLines(isJson: boolean, terminal: Terminal, stop: AbortController): Sink {
  const format = isJson ? formatJson : formatLine;
  // On a terminal they share the screen with the live lines.
  if (isatty(standardOutput) && isatty(standardError)) {
    const output = { write: (line: string) => terminal.print(line), isBehind: false, flush: async () => undefined };
    return new LineSink(format, output, terminal);
  }
  const writer = new LineWriter(standardOutput, stop.signal, (error) => {
    // The next program in the pipe has seen enough: a good end. Anything else is not.
    if (error.code === 'EPIPE') stop.abort();
    else if (error.code === 'EAGAIN')
      terminal.warn('The reader of standard output does not read; its last lines are dropped');
    else stop.abort(new CodedError('OUTPUT_FAILED', `Cannot write to standard output: ${error.message}`));
  });
  return new LineSink(format, writer, terminal);
}
