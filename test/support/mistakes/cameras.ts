import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startShimCamera } from '../../e2e/camera-suite.ts';
import { makeFolder } from '../../e2e/suite.ts';
import { startProgram } from '../programs.ts';
import { type Mistake, readEnd, type Told } from './mistake.ts';

/** A sender whose rpicam-vid says only that. */
async function tellRpicam(words: string): Promise<Told> {
  await using folder = await makeFolder();
  const program = join(folder.path, 'rpicam-vid');
  await writeFile(program, `#!/bin/sh\necho '${words}' >&2\nexit 255\n`);
  await chmod(program, 0o755);
  await using sender = startProgram('node', 'image-sender', ['rpicam'], { env: { PATH: folder.path } });
  return await readEnd(sender);
}

async function openShim(openError: number): Promise<Told> {
  await using sender = await startShimCamera({ openError }, ['0']);
  return await readEnd(sender);
}

export const cameraMistakes: readonly Mistake[] = [
  {
    name: 'no USB camera is plugged in, or it has another number',
    async provoke() {
      await using sender = startProgram('node', 'image-sender', ['camera', '99']);
      return { ...(await readEnd(sender)), names: [['/dev/video99', '/dev/video0']] };
    },
  },
  { name: 'another program has the USB camera', provoke: () => openShim(16) },
  { name: 'the user is not in the group `video`', provoke: () => openShim(13) },
  {
    name: 'rpicam-apps are not installed',
    async provoke() {
      await using sender = startProgram('node', 'image-sender', ['rpicam'], { env: { PATH: '/nonexistent' } });
      return await readEnd(sender);
    },
  },
  {
    name: 'no camera module is found',
    provoke: () => tellRpicam('ERROR: *** no cameras available ***'),
  },
  {
    name: 'another program has the camera module',
    provoke: () => tellRpicam('ERROR: *** failed to acquire camera /base/soc/i2c0mux/i2c@1/imx708@1a ***'),
  },
];
