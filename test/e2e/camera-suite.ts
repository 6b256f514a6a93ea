import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Child } from '../support/child.ts';
import { MEDIA, mediaFile } from '../support/media.ts';
import { countSteps, measurePictures, type PictureFacts } from '../support/pictures.ts';
import { type Runtime, startProgram, startReceiver } from '../support/programs.ts';
import { hash, readSaved } from '../support/saved.ts';
import { scaleMs } from '../support/speed.ts';
import { readJpegs } from '../support/v4l2-shim/jpegs.ts';
import { buildShim, describeShim, type ShimCamera } from '../support/v4l2-shim/shim.ts';
import { makeFolder } from './suite.ts';

/** Milliseconds: an emulated sender takes seconds to start alone. */
export const patientMs = scaleMs(60_000);

/** Starts `image-sender camera` with more arguments, in a process whose /dev/video0 is the given camera. */
export type StartCameraSender = (camera: ShimCamera, args: readonly string[]) => Promise<Child>;

/** A sender under Node on this machine. */
export async function startShimCamera(camera: ShimCamera, args: readonly string[]): Promise<Child> {
  const env = describeShim(await buildShim('x64'), camera);
  return startProgram('node', 'image-sender', ['camera', ...args], { env });
}

export interface CameraEnds {
  readonly name: string;
  readonly start: StartCameraSender;
  readonly receiver: Runtime;
}

/** The pictures that arrive of `count` frames of a camera; the sender has then ended by itself with 0. */
export async function sendCamera(
  ends: CameraEnds,
  camera: ShimCamera,
  count: number,
  args: readonly string[] = [],
): Promise<{ pictures: PictureFacts[]; said: readonly string[] }> {
  await using folder = await makeFolder();
  const said = await saveCamera(ends, camera, count, args, folder.path);
  const pictures = await measurePictures(folder.path, camera.mjpeg?.[0]);
  assert.equal(pictures.length, count);
  return { pictures, said };
}

/** The bytes that `count` frames of a camera arrive as. */
export async function forwardCamera(
  ends: CameraEnds,
  camera: ShimCamera,
  count: number,
  args: readonly string[] = [],
): Promise<{ jpegs: Buffer[]; said: readonly string[] }> {
  await using folder = await makeFolder();
  const said = await saveCamera(ends, camera, count, args, folder.path);
  const jpegs = await readSaved(folder.path);
  assert.equal(jpegs.length, count);
  return { jpegs, said };
}

/** The sender's messages until it had sent `count` frames into the folder. */
async function saveCamera(
  ends: CameraEnds,
  camera: ShimCamera,
  count: number,
  args: readonly string[],
  folder: string,
): Promise<readonly string[]> {
  const { receiver, port } = await startReceiver(ends.receiver, ['--save', folder, '--quiet']);
  await using _stop = receiver;
  await using sender = await ends.start(camera, ['--port', `${port}`, '--count', `${count}`, ...args]);
  assert.equal((await sender.wait(patientMs)).code, 0, sender.lines('stderr').join('\n'));
  await receiver.waitForLine('stderr', new RegExp(`left after ${count} frames?`), patientMs);
  assert.equal((await receiver.stop()).code, 0);
  return sender.lines('stderr');
}

/** Pictures of both kinds of USB camera, for any sender. */
export function defineCameraPictures(ends: CameraEnds): void {
  describe(`camera, sender ${ends.name}, receiver ${ends.receiver}`, () => {
    test('pictures of the asked size show frame after frame when a YUYV camera gives them', async () => {
      const { pictures } = await sendCamera(ends, { yuyv: ['640x480'] }, 8);
      for (const picture of pictures) assert.equal(formatSize(picture), '480x315');
      // The camera's frames are numbered by their grey; a slow machine leaves out more of them, and none comes twice.
      const steps = countSteps(pictures);
      assert.ok(Math.min(...steps) > 0, `the camera was ahead by ${steps} frames from picture to picture`);
    });

    test('pictures of the asked size are those of the camera when it gives MJPG', async () => {
      const { pictures } = await sendCamera(ends, { mjpeg: [await mediaFile('jpegs')] }, 8, ['--size', '320x240']);
      for (const picture of pictures) assert.equal(formatSize(picture), '320x240');
      assertAreCameras(pictures, MEDIA.jpegs.frames);
    });

    test('the JPEGs of the camera arrive to the bit when it has them in the asked size', async () => {
      const file = await mediaFile('jpegs');
      const { jpegs } = await forwardCamera(ends, { mjpeg: [file], padding: 999 }, 8, ['--size', '640x480']);
      assertAreSame(jpegs, await readJpegs(file));
    });
  });
}

/** Every one is the same as one of the camera's, and each another than the one before. Returns which they are. */
export function assertAreSame(jpegs: readonly Uint8Array[], cameras: readonly Uint8Array[]): number[] {
  const hashes = cameras.map(hash);
  const numbers = jpegs.map((jpeg) => hashes.indexOf(hash(jpeg)));
  assert.ok(!numbers.includes(-1), `JPEGs that arrived are the camera's ${numbers}`);
  for (const [i, number] of numbers.entries()) {
    assert.notEqual(number, numbers[i - 1], `the camera's JPEGs came as ${numbers}`);
  }
  return numbers;
}

/** Every picture is one of the camera's own JPEGs, and each another than the one before. */
export function assertAreCameras(pictures: readonly PictureFacts[], frames: number): void {
  for (const { difference, nearest } of pictures) {
    // Resizing and encoding again changes a fine picture by about 4; a grey one would differ by more than 100.
    assert.ok(difference < 8, `differs by ${difference} from the camera's frame ${nearest}`);
  }
  const numbers = pictures.map((picture) => picture.nearest);
  const steps = numbers.slice(1).map((number, i) => (number - (numbers[i] ?? 0) + frames) % frames);
  for (const step of steps) assert.ok(step > 0, `the camera's frames came as ${numbers}`);
}

export function formatSize({ width, height }: PictureFacts): string {
  return `${width}x${height}`;
}
