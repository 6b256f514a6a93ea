import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Machine } from '../../src/doctor/machine.ts';
import { createMachine } from '../../src/doctor/real-machine.ts';
import type { CameraInfo } from '../../src/sources/camera-info.ts';

export interface FakeMachine {
  /** Texts of files, by their absolute paths; all others are not there. */
  readonly files?: Readonly<Record<string, string>>;
  /** Shell scripts that stand for programs, by their names; no others are there. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Files that this process may not open. */
  readonly closed?: readonly string[];
  readonly usb?: readonly CameraInfo[];
  /** Undefined: rpicam-apps are not installed. */
  readonly csi?: readonly CameraInfo[];
  /** Whatever else is different. */
  readonly changes?: Partial<Machine>;
}

export const uvcCamera: CameraInfo = {
  source: 'camera',
  id: '/dev/video0',
  name: 'HD Pro Webcam C920',
  formats: [
    { name: 'YUYV', sizes: [{ width: 640, height: 480, rates: [30] }] },
    {
      name: 'MJPG',
      sizes: [
        { width: 640, height: 480, rates: [30, 15] },
        { width: 1920, height: 1080, rates: [30] },
      ],
    },
  ],
  problem: undefined,
};

export const csiCamera: CameraInfo = {
  source: 'rpicam',
  id: '0',
  name: 'imx708',
  formats: [{ name: 'SRGGB10_CSI2P', sizes: [{ width: 4608, height: 2592, rates: [14] }] }],
  problem: undefined,
};

export const piFiles = {
  '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  '/etc/os-release': 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n',
  '/etc/group': 'root:x:0:\nvideo:x:44:\nusers:x:100:\n',
  '/proc/self/status':
    'Name:\timage-sender\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t100 1000 \n',
  '/dev/video0': '',
  '/dev/video10': '',
  '/dev/video11': '',
} as const;

/** A machine of files, shell scripts and lists in place of the real one; its folder goes with the block. */
export async function makeFakeMachine(fake: FakeMachine = {}): Promise<AsyncDisposable & { machine: Machine }> {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-doctor-'));
  const root = join(folder, 'root');
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const [path, text] of Object.entries(fake.files ?? {})) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  for (const [name, script] of Object.entries(fake.programs ?? {})) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  const real = createMachine(root, { ...process.env, PATH: bin });
  const machine: Machine = {
    ...real,
    canOpen: async (path) => !(fake.closed ?? []).includes(path),
    loadAddon: () => undefined,
    listUsbCameras: async () => fake.usb ?? [],
    listCsiCameras: async () => fake.csi,
    architecture: 'arm64',
    runtime: { kind: 'packaged', version: '24.21.0' },
    userName: 'pi',
    ownCommand: './image-sender',
    addonCommand: 'tar xf image-sender-linux-arm64.tar.xz --strip-components=1 -C .',
    ...fake.changes,
  };
  return { machine, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
