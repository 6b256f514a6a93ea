import { createReadStream, fstatSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';
import { CodedError } from '../../errors.ts';
import type { CapturedFrame, Delivery, FrameLimits } from '../../protocol/frame.ts';
import { onAbort } from '../../system/abort.ts';
import type { ByteInput } from '../../system/byte-input.ts';
import { describeFileError } from '../../system/file-error.ts';
import { isDeno } from '../../system/runtime.ts';
import { SlabInput } from '../../system/slab-input.ts';
import { StreamInput } from '../../system/stream-input.ts';
import { JpegStream, NoPicturesError } from '../jpeg-stream.ts';
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
): AsyncIterable<CapturedFrame, undefined> {
  if (isatty(standardInput)) throw unusable(`it is a terminal. Pipe into it, as in ${example}`);
  const conclude = (error: Error | undefined, frames: number): CodedError | undefined => {
    if (signal.aborted) return undefined;
    if (error instanceof NoPicturesError)
      return unusable(`it gives ${error.message}. Pipe them into it, as in ${example}`);
    if (error !== undefined) return unusable(describeFileError(error));
    if (frames > 0) return undefined;
    return unusable(`it ended after ${skipped.bytes} bytes without a whole JPEG. Pipe JPEGs into it, as in ${example}`);
  };
  const stream = new JpegStream(openInput(), { limits, onSkipped: (stretch) => skipped.add(stretch), conclude });
  onAbort(signal, () => void stream.return());
  return stream;
}

/** Deno knows nothing of `onread`. */
function openInput(): ByteInput {
  const stats = fstatSync(standardInput);
  if (stats.isFile()) {
    return new StreamInput(createReadStream('', { fd: standardInput, highWaterMark: fileChunkBytes }));
  }
  const isRead = (stats.isFIFO() || stats.isSocket()) && !isDeno();
  return isRead ? new SlabInput(standardInput) : new StreamInput(process.stdin);
}

function unusable(reason: string): CodedError {
  return new CodedError('SOURCE_FAILED', `Cannot read pictures from standard input: ${reason}`);
}
