import { buildPreload, type PreloadArch, type PreloadSource } from '../preload.ts';

/** The camera; all that is not said here behaves as an ordinary UVC camera of one V4L2 capture queue. */
export interface ShimCamera {
  /** Path that programs open; nothing need be there. Default /dev/video0. */
  device?: string;
  /**
   * Sizes offered as YUYV, "640x480" in pixels. Every luma byte of frame n is 16 + n mod 219, both chroma bytes are
   * 128: decoded, a grey of (n mod 219) * 255 / 219. Default 640x480 where `mjpeg` is absent too.
   */
  yuyv?: readonly string[];
  /** Files of JPEGs back to back, each offered as MJPG in its own size; frame n is JPEG n mod the count, to the byte. */
  mjpeg?: readonly string[];
  /** Bytes behind each JPEG: zeros or, with `garbage`, the end of another JPEG. Default 0. */
  padding?: number;
  garbage?: boolean;
  /** Bytes that are missing at the end of each JPEG. Default 0. */
  cut?: number;
  /** Every so many frames of MJPG one is damaged: in turn its end, all of it, or its beginning is missing. Default: none. */
  damageEvery?: number;
  /** Its lists of formats, sizes and rates go on for ever, as with some drivers' faults: the last entry again and again. */
  endless?: boolean;
  /** Sizes are listed as steps from 16x16 to 1920x1080, rates as anything down to one frame in 1.001 s. */
  ranges?: boolean;
  /** V4L2_CAP_* of the node alone, where it is no capture device; the camera's other nodes capture. */
  capabilities?: number;
  /** Frame rates offered, per second; the first is the default. Default 30. */
  fps?: readonly number[];
  /** Frames after which the camera is unplugged (ENODEV, then ENOENT from open). Default: never. */
  unplugAfter?: number;
  /** How often it is unplugged, `unplugAfter` frames after each return. Default 1. */
  unplugTimes?: number;
  /** Milliseconds until it is back. Default: never. */
  reappearMs?: number;
  /** errno of every open, as 13 for EACCES and 16 for EBUSY. */
  openError?: number;
}

const SOURCE: PreloadSource = {
  name: 'v4l2-shim',
  purpose: 'the V4L2 shim of the tests',
  folder: import.meta.dirname,
  files: ['shim.c', 'camera.h', 'settings.h'],
};

/** The path of the shim for LD_PRELOAD, compiled on first use and kept in the user cache. */
export function buildShim(arch: PreloadArch): Promise<string> {
  return buildPreload(SOURCE, arch);
}

/** The environment that gives a program this camera; paths are as that program sees them. */
export function describeShim(library: string, camera: ShimCamera = {}): Record<string, string> {
  const settings = {
    LD_PRELOAD: library,
    V4L2_SHIM_DEVICE: camera.device,
    V4L2_SHIM_YUYV: camera.yuyv?.join(','),
    V4L2_SHIM_MJPEG: camera.mjpeg?.join(':'),
    V4L2_SHIM_PADDING: camera.padding?.toString(),
    V4L2_SHIM_GARBAGE: camera.garbage === true ? '1' : undefined,
    V4L2_SHIM_CUT: camera.cut?.toString(),
    V4L2_SHIM_DAMAGE_EVERY: camera.damageEvery?.toString(),
    V4L2_SHIM_ENDLESS: camera.endless === true ? '1' : undefined,
    V4L2_SHIM_RANGES: camera.ranges === true ? '1' : undefined,
    V4L2_SHIM_CAPABILITIES: camera.capabilities?.toString(),
    V4L2_SHIM_FPS: camera.fps?.join(','),
    V4L2_SHIM_UNPLUG_AFTER: camera.unplugAfter?.toString(),
    V4L2_SHIM_UNPLUG_TIMES: camera.unplugTimes?.toString(),
    V4L2_SHIM_REAPPEAR_MS: camera.reappearMs?.toString(),
    V4L2_SHIM_OPEN_ERROR: camera.openError?.toString(),
  };
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
