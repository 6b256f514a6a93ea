import { isatty } from 'node:tty';
import { loadOpenCv } from '../opencv/load.ts';
import { CodedError } from '../protocol/errors.ts';
import { DecodeSink } from '../sinks/decode.ts';
import { FolderSink } from '../sinks/folder.ts';
import { LineWriter } from '../sinks/line-writer.ts';
import { formatJson, formatLine, lineSink } from '../sinks/lines.ts';
import type { Sink } from '../sinks/sink.ts';
import { WindowSink } from '../sinks/window.ts';
import type { ReceiverSettings } from './receiver-options.ts';
import type { Terminal } from './terminal.ts';

const standardOutput = 1;
const standardError = 2;

/** The sinks that were asked for. @throws CodedError OUTPUT_FAILED, WINDOW_FAILED, ADDON_MISSING, ADDON_UNUSABLE */
export async function openSinks(
  settings: ReceiverSettings,
  terminal: Terminal,
  stop: AbortController,
): Promise<Sink[]> {
  const sinks: Sink[] = [];
  if (settings.saveDirectory !== undefined)
    sinks.push(await FolderSink.open(settings.saveDirectory, terminal, stop.signal));
  if (settings.show) sinks.push(new WindowSink(loadOpenCv(), terminal, () => stop.abort()));
  if (settings.decode) sinks.push(new DecodeSink(loadOpenCv(), terminal));
  if (settings.lines !== 'none') sinks.push(openLines(settings.lines === 'json', terminal, stop));
  return sinks;
}

function openLines(isJson: boolean, terminal: Terminal, stop: AbortController): Sink {
  const format = isJson ? formatJson : formatLine;
  // On a terminal they share the screen with the live lines.
  if (isatty(standardOutput) && isatty(standardError)) {
    return lineSink(
      format,
      (line) => terminal.print(line),
      async () => undefined,
    );
  }
  const writer = new LineWriter(standardOutput, stop.signal, (error) => {
    // The next program in the pipe has seen enough: a good end. Anything else is not.
    if (error.code === 'EPIPE') stop.abort();
    else if (error.code === 'EAGAIN')
      terminal.warn('The reader of standard output does not read; its last lines are dropped');
    else stop.abort(new CodedError('OUTPUT_FAILED', `Cannot write to standard output: ${error.message}`));
  });
  return lineSink(
    format,
    (line) => writer.write(line),
    () => writer.flush(),
  );
}
