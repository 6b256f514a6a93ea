import { createReadStream, fstatSync } from 'node:fs';
import process from 'node:process';
import { CodedError } from '../../errors.ts';
import type { CapturedFrame, Delivery, FrameLimits } from '../../protocol/frame.ts';
import { onAbort } from '../../system/abort.ts';
import { describeFileError } from '../../system/file-error.ts';
import { NoPicturesError, readJpegStream } from '../jpeg-stream.ts';
import type { SkipLog } from '../skip-log.ts';

const standardInput = 0;
/** A file comes in larger pieces than a pipe can: fewer hops to another thread. */
const fileChunkBytes = 2 ** 20;
const example = 'rpicam-vid -n -t 0 --codec mjpeg --flush -o - | image-sender pipe';

/**
 * A program that makes pictures must not wait because the network is slow, and its pictures must
 * not get old. A file can wait.
 */
export function choosePipeDelivery(): Delivery {
  return isFile() ? 'every' : 'latest';
}

function isFile(): boolean {
  return fstatSync(standardInput).isFile();
}

/**
 * JPEGs back to back on standard input.
 * @throws CodedError SOURCE_FAILED where that is a terminal
 */
export function openPipe(
  limits: FrameLimits,
  skipped: SkipLog,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  if (process.stdin.isTTY) throw unusable(`it is a terminal. Pipe into it, as in ${example}`);
  return readPipe(limits, skipped, signal);
}

async function* readPipe(
  limits: FrameLimits,
  skipped: SkipLog,
  signal: AbortSignal,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const input = isFile() ? createReadStream('', { fd: standardInput, highWaterMark: fileChunkBytes }) : process.stdin;
  const stopWatching = onAbort(signal, () => input.destroy());
  let frames = 0;
  try {
    for await (const frame of readJpegStream(input, limits, (stretch) => skipped.add(stretch))) {
      frames++;
      yield frame;
    }
    if (frames === 0 && !signal.aborted)
      throw unusable(
        `it ended after ${skipped.bytes} bytes without a whole JPEG. Pipe JPEGs into it, as in ${example}`,
      );
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof NoPicturesError)
      throw unusable(`it gives ${error.message}. Pipe them into it, as in ${example}`);
    throw error instanceof CodedError ? error : unusable(describeFileError(error));
  } finally {
    stopWatching();
    input.destroy();
  }
}

function unusable(reason: string): CodedError {
  return new CodedError('SOURCE_FAILED', `Cannot read pictures from standard input: ${reason}`);
}
