import { setTimeout as delay } from 'node:timers/promises';
import { Child } from '../../../test/support/child.ts';
import { findFreePort } from '../../../test/support/ports.ts';
import type { Bench } from '../context.ts';
import { describeCamera, startCameraSender } from '../loads/camera.ts';
import { measureCpu } from '../loads/cpu.ts';
import { waitForSender } from '../loads/ours.ts';
import { StreamWatch } from '../loads/stream-watch.ts';
import type { Row } from '../row.ts';
import { findPage, startPackagedReceiver, timeoutMs } from '../support.ts';
import { senderCpu } from './quantities.ts';

export const cameraForward: Row = {
  name: 'camera-forward',
  title: "720p MJPEG camera to a reader over HTTP, the camera's own JPEGs",
  about:
    'A camera gives 720p JPEGs, 30 a second, and a reader gets them over HTTP as they are. ustreamer reads the camera and serves the reader. Here image-sender reads the camera, and the page of image-receiver serves the reader: two programs, which may be on two machines.',
  seconds: 20,
  packages: ['ustreamer'],
  quantities: {
    sender: senderCpu,
    all: { name: 'CPU of all programs from camera to reader, ms a frame', better: 'less', digits: 3 },
  },
  contenders: {
    ours: { name: 'image-socket', role: 'ours', run: measureOurs },
    ustreamer: { name: 'ustreamer', role: 'peer', run: measureUstreamer },
  },
  figures: [
    { key: 'sender', title: 'program at the camera, against ustreamer', quantity: 'sender', against: 'ustreamer' },
    { key: 'all', title: 'all programs, against ustreamer', quantity: 'all', against: 'ustreamer' },
  ],
};

async function measureOurs({ seconds }: Bench) {
  const { receiver, port } = await startPackagedReceiver(['--web', '0', '--quiet']);
  await using _receiver = receiver;
  const page = findPage(receiver);
  await using sender = await startCameraSender(['--port', port, '--size', '1280x720', '--name', 'bench']);
  await waitForSender(receiver);
  using reader = new StreamWatch(`${page}/stream/bench`);
  const costs = await measureCpu({ sender, receiver }, () => reader.pictures, seconds);
  return { sender: costs.sender, all: costs.sender + costs.receiver };
}

async function measureUstreamer({ seconds }: Bench) {
  const port = await findFreePort();
  const camera = ['--format', 'MJPEG', '--encoder', 'HW', '--resolution', '1280x720', '--desired-fps', '30'];
  const args = [...camera, '--host', '127.0.0.1', '--port', `${port}`];
  await using ustreamer = new Child('ustreamer', args, { env: await describeCamera() });
  await waitForPage(port);
  using reader = new StreamWatch(`http://127.0.0.1:${port}/stream`);
  const { sender } = await measureCpu({ sender: ustreamer }, () => reader.pictures, seconds);
  return { sender, all: sender };
}

/** ustreamer does not print when it listens. */
async function waitForPage(port: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      await (await fetch(`http://127.0.0.1:${port}/state`)).text();
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await delay(50);
    }
  }
}
