import type { CapturedFrame, FrameLimits } from '../protocol/frame.ts';
import { JpegSplitter, type SkippedStretch } from '../protocol/jpeg-splitter.ts';
import { readCaptureTime } from '../system/clock.ts';

/**
 * The JPEGs of a stream of bytes, untouched, each with the time at which its first bytes were here.
 *
 * Ends with the stream, and throws what it throws. A picture without Huffman tables gets the standard ones.
 * @param onSkipped told of what is no whole picture within `limits`
 */
export async function* readJpegStream(
  chunks: AsyncIterable<Uint8Array>,
  limits: FrameLimits,
  onSkipped: (stretch: SkippedStretch) => void,
): AsyncGenerator<CapturedFrame, void, undefined> {
  const splitter = new JpegSplitter(limits);
  let begun = readCaptureTime();
  for await (const chunk of chunks) {
    const now = readCaptureTime();
    if (!splitter.isWithinPicture) begun = now;
    for (const found of splitter.decode(chunk)) {
      if (found.type === 'skipped') {
        onSkipped(found);
        continue;
      }
      const { jpeg, width, height } = found;
      yield { jpeg, width, height, ...begun };
      begun = now;
    }
  }
  for (const found of splitter.finish()) {
    if (found.type === 'skipped') onSkipped(found);
    else yield { jpeg: found.jpeg, width: found.width, height: found.height, ...begun };
  }
}
