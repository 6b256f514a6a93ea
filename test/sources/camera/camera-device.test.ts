import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stablePath } from '../../../src/sources/camera/camera-device.ts';

test('stablePath names the USB port when the cameras have other numbers', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'devices-'));
  const at = (name: string) => join(folder.path, name);
  await mkdir(at('by-path'));
  for (const device of ['video0', 'video2']) await writeFile(at(device), '');
  const link = async (device: string, port: string) => {
    await rm(at(`by-path/${port}`), { force: true });
    await symlink(at(device), at(`by-path/${port}`));
  };
  await link('video0', 'usb-left');
  await link('video2', 'usb-right');
  assert.equal(stablePath(at('video0'), at('by-path')), 'usb-left');
  await link('video2', 'usb-left');
  await link('video0', 'usb-right');
  assert.equal(stablePath(at('video2'), at('by-path')), 'usb-left');
});

test('stablePath is the device where no port is known', () => {
  assert.equal(stablePath('7', '/proc/none'), '/dev/video7');
  assert.equal(stablePath('/dev/null', '/proc/none'), '/dev/null');
});
