import { callAddon, openCvFailed, ownSize, type VideoPicture, type VideoReader } from './addon.ts';
import type { EncodingOptions } from './jpeg.ts';

/**
 * The next picture of a video file, encoded; undefined at its end.
 * @throws CodedError OPENCV_FAILED
 */
export async function readVideo(video: VideoReader, options: EncodingOptions): Promise<VideoPicture | undefined> {
  const { width, height } = options.size ?? ownSize;
  const reading = callAddon<VideoPicture | null>((done) => video.readAsync(width, height, options.quality, done));
  const picture = await reading.catch((error: unknown) => {
    throw openCvFailed('read a picture of the video', error);
  });
  return picture ?? undefined;
}
