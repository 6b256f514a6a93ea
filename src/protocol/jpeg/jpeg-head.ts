import { ProtocolError } from '../errors.ts';
import { beginsWithSoi, soiBytes } from './jpeg-markers.ts';
import { JpegScanner } from './jpeg-scanner.ts';
import type { PictureSize } from './jpeg-size.ts';

/**
 * Reads the size in the frame header of a JPEG (SOF marker; ITU-T T.81, B.2.2), marker by marker
 * from the start.
 *
 * Senders scan the whole JPEG by the same scanner, so that a receiver takes what a sender passes.
 * As it is read before a decode, a few hostile bytes cannot claim a picture of gigabytes.
 * @throws ProtocolError NOT_JPEG
 */
export function readJpegSize(jpeg: Uint8Array): PictureSize {
  if (!beginsWithSoi(jpeg)) throw notJpeg('it does not begin with FF D8');
  const scanner = new JpegScanner();
  const end = scanner.scanHead(jpeg, soiBytes);
  const { state, size, problem } = scanner;
  if (state === 'broken') throw notJpeg(problem);
  if (state === 'again') throw notJpeg(`another begins in it at byte ${end - soiBytes}`);
  if (size === undefined) throw notJpeg('it ends before its frame header');
  return size;
}

function notJpeg(reason: string): ProtocolError {
  return new ProtocolError('NOT_JPEG', `Cannot read the body of a frame as it must be a JPEG: ${reason}`);
}
