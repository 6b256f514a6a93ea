import { createReadStream, fstatSync } from 'node:fs';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { CodedError } from '../protocol/errors.ts';
import type { CapturedFrame, Delivery, FrameLimits } from '../protocol/frame.ts';
import { onAbort } from '../system/abort.ts';
import { describeFileError } from '../system/file-reason.ts';
import { readJpegStream } from './jpeg-stream.ts';
import type { SkipJournal } from './skip-journal.ts';

const standardInput = 0;
/** A file comes in larger pieces than a pipe can: fewer hops to another thread. */
const fileChunkBytes = 2 ** 20;
/** Whatever it is, it is no stream of JPEGs. */
const mostBytesWithoutPicture = 2 ** 26;
const example = 'rpicam-vid -n -t 0 --codec mjpeg --flush -o - | image-sender pipe';

export interface Pipe {
  readonly delivery: Delivery;
  frames(signal: AbortSignal): AsyncGenerator<CapturedFrame, void, undefined>;
}

/** JPEGs back to back on standard input. @throws CodedError SOURCE_FAILED where that is a terminal */
export function openPipe(limits: FrameLimits, skipped: SkipJournal): Pipe {
  if (process.stdin.isTTY) throw unusable(`it is a terminal. Pipe into it, as in ${example}`);
  const isFile = fstatSync(standardInput).isFile();
  return {
    // What makes pictures as one looks is not to wait, and its pictures not to age, because the network is slow.
    delivery: isFile ? 'every' : 'latest',
    frames: (signal) => readPipe(isFile, limits, skipped, signal),
  };
}

async function* readPipe(
  isFile: boolean,
  limits: FrameLimits,
  skipped: SkipJournal,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const input = isFile ? createReadStream('', { fd: standardInput, highWaterMark: fileChunkBytes }) : process.stdin;
  const stopWatching = onAbort(signal, () => input.destroy());
  let frames = 0;
  try {
    const chunks = watchBegin(input, () => frames > 0);
    for await (const frame of readJpegStream(chunks, limits, (stretch) => skipped.add(stretch))) {
      frames++;
      yield frame;
    }
    if (frames === 0 && !signal.aborted) throw unusable(`it ended after ${skipped.bytes} bytes without a whole JPEG`);
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof CodedError ? error : unusable(describeFileError(error));
  } finally {
    stopWatching();
    input.destroy();
  }
}

/** Passes chunks on, as long as it may be that they hold JPEGs. @throws CodedError SOURCE_FAILED */
async function* watchBegin(input: Readable, hasPicture: () => boolean): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of input as AsyncIterable<Uint8Array>) {
    if (bytes === 0 && isH264(chunk)) throw unusable('it is H.264. Make JPEGs of it: rpicam-vid --codec mjpeg');
    bytes += chunk.length;
    yield chunk;
    if (bytes >= mostBytesWithoutPicture && !hasPicture()) {
      throw unusable(`no whole JPEG is in its first ${bytes} bytes. Pipe JPEGs into it, as in ${example}`);
    }
  }
}

/** Whether it begins with a start code of H.264 or H.265 (ITU-T H.264, annex B). */
function isH264(chunk: Uint8Array): boolean {
  return chunk[0] === 0 && chunk[1] === 0 && (chunk[2] === 1 || (chunk[2] === 0 && chunk[3] === 1));
}

function unusable(reason: string): CodedError {
  return new CodedError('SOURCE_FAILED', `Cannot read pictures from standard input: ${reason}`);
}
