import { installPackages } from '../../scripts/debian/install.ts';
import { cacheFile } from './cache.ts';
import { runChild } from './child.ts';

interface Recipe {
  /** Pixels. */
  size: string;
  frames: number;
  extension: string;
  /** ffmpeg's options for the result. */
  codec: readonly string[];
}

const H264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '30'] as const;
const MJPEG = ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p'] as const;
const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-pix_fmt', 'yuv420p'] as const;

/** Every kind shows ffmpeg's moving test picture at 25 frames per second; no two frames of a file are alike. */
export const MEDIA = {
  h264: { size: '320x240', frames: 50, extension: 'mp4', codec: H264 },
  mjpeg: { size: '320x240', frames: 50, extension: 'avi', codec: MJPEG },
  vp9: { size: '320x240', frames: 50, extension: 'webm', codec: VP9 },
  /** 720p and long enough to measure speed with. */
  bench: { size: '1280x720', frames: 600, extension: 'mp4', codec: H264 },
  /** JPEGs back to back with nothing between: what the V4L2 shim plays. */
  jpegs: { size: '640x480', frames: 50, extension: 'mjpeg', codec: [...MJPEG, '-f', 'mjpeg'] },
  /** The same, small, for what is sent again and again. */
  jpegs240: { size: '320x240', frames: 50, extension: 'mjpeg', codec: [...MJPEG, '-f', 'mjpeg'] },
  /** The same, for what is sent byte by byte. */
  jpegs48: { size: '64x48', frames: 50, extension: 'mjpeg', codec: [...MJPEG, '-f', 'mjpeg'] },
  jpegs720: { size: '1280x720', frames: 50, extension: 'mjpeg', codec: [...MJPEG, '-f', 'mjpeg'] },
  /** One picture. */
  jpeg: { size: '640x480', frames: 1, extension: 'jpg', codec: [...MJPEG, '-f', 'mjpeg'] },
  /** Of a few kilobytes, for what is changed and read again and again. */
  tinyH264: { size: '64x48', frames: 6, extension: 'mp4', codec: H264 },
  tinyTs: { size: '64x48', frames: 6, extension: 'ts', codec: H264 },
  tinyH265: { size: '64x64', frames: 4, extension: 'mkv', codec: ['-c:v', 'libx265', '-preset', 'ultrafast'] },
  tinyMpeg4: { size: '64x48', frames: 6, extension: 'avi', codec: ['-c:v', 'mpeg4'] },
  tinyMjpeg: { size: '64x48', frames: 3, extension: 'avi', codec: MJPEG },
  tinyVp8: { size: '64x48', frames: 6, extension: 'webm', codec: ['-c:v', 'libvpx'] },
  /** Of odd size, with chroma for each pixel, and to be shown turned. */
  tinyTurned: {
    ...{ size: '33x25', frames: 4, extension: 'mp4' },
    codec: ['-c:v', 'libx264', '-pix_fmt', 'yuv444p', '-metadata:s:v:0', 'rotate=90'],
  },
  /** Without luma and chroma. */
  tinyRgb: { size: '34x26', frames: 3, extension: 'mkv', codec: ['-c:v', 'ffv1', '-pix_fmt', 'bgr0'] },
  tinyVp9: { size: '64x48', frames: 6, extension: 'webm', codec: VP9 },
} as const satisfies Record<string, Recipe>;

export type MediaKind = keyof typeof MEDIA;

const FFMPEG = '/usr/bin/ffmpeg';
const MAKE_TIMEOUT_MS = 120_000;

/** The path of a test file of that kind, made by Debian's ffmpeg on first use and kept in the user cache. */
export function mediaFile(kind: MediaKind): Promise<string> {
  const { size, frames, extension, codec } = MEDIA[kind];
  const input = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`, '-frames:v', String(frames)];
  return makeMedia(`${kind}.${extension}`, [...input, ...codec]);
}

/** The path of a file that Debian's ffmpeg makes with those options on first use; kept in the user cache. */
export function makeMedia(name: string, options: readonly string[]): Promise<string> {
  // Bit-exact: no version or date in the file.
  const args = ['-v', 'error', '-y', ...options, '-flags:v', '+bitexact', '-fflags', '+bitexact'];
  return cacheFile('media', name, args, async (path) => {
    await installPackages(['ffmpeg'], 'test media');
    await runChild(FFMPEG, [...args, path], MAKE_TIMEOUT_MS);
  });
}
