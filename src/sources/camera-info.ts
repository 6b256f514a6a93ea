import type { PictureSize } from '../protocol/jpeg/jpeg-size.ts';

/** A camera of this machine, as it is listed. */
export interface CameraInfo {
  /** The command of image-sender that sends its pictures. */
  readonly source: 'camera' | 'rpicam';
  /** The argument of that command: a path such as /dev/video0, or the number of a camera module. */
  readonly id: string;
  /** The name that its driver gives. */
  readonly name: string;
  /** Empty where they cannot be asked for. */
  readonly formats: readonly CameraFormat[];
  /**
   * Why it cannot be used and what to do about it, in one line; undefined when nothing speaks
   * against it.
   */
  readonly problem: string | undefined;
}

export interface CameraFormat {
  /** Such as MJPG or YUYV; of a camera module the sensor's own, such as SRGGB10_CSI2P. */
  readonly name: string;
  readonly sizes: readonly CameraSize[];
}

export interface CameraSize extends PictureSize {
  /** Frames per second, the highest first; empty where they cannot be asked for. */
  readonly rates: readonly number[];
}
