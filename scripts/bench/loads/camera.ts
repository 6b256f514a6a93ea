import process from 'node:process';
import type { Child } from '../../../test/support/child.ts';
import { mediaFile } from '../../../test/support/media.ts';
import { buildShim, describeShim } from '../../../test/support/v4l2-shim/shim.ts';
import { type PackagedOptions, startPackaged } from '../support.ts';

/** The environment of a program whose /dev/video0 is a camera with 720p JPEGs, 30 a second. */
export async function describeCamera(): Promise<Record<string, string>> {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  return describeShim(await buildShim(arch), { mjpeg: [await mediaFile('jpegs720')], fps: [30] });
}

/** A packaged sender of that camera, as fast as the camera is. */
export async function startCameraSender(args: readonly string[], options: PackagedOptions = {}): Promise<Child> {
  return startPackaged('image-sender', ['camera', '--fps', '30', ...args], { ...options, env: await describeCamera() });
}
