import { startPython, startPythonServer } from '../../../test/support/python.ts';
import type { Bench } from '../context.ts';
import { describeCamera, startCameraSender } from '../loads/camera.ts';
import { measureCpu } from '../loads/cpu.ts';
import type { Row } from '../row.ts';
import { startPackagedReceiver } from '../support.ts';
import { senderCpu } from './quantities.ts';

export const cameraMjpeg: Row = {
  name: 'camera-mjpeg',
  title: '720p MJPEG camera shrunk to 480x315, CPU of the sender',
  about:
    'A camera gives 720p JPEGs, 30 a second; a library that is loaded before the program plays it, and its copies of the JPEGs count for each contender. The sender decodes, shrinks and encodes each frame. The kernel counts the time of its threads after a warm-up. The Python script opens the same camera.',
  seconds: 20,
  quantities: { sender: senderCpu },
  contenders: {
    ours: { name: 'image-socket', role: 'ours', run: (bench) => measureOurs(bench, bench.built) },
    before: {
      name: 'image-socket before',
      role: 'before',
      run: async (bench) => measureOurs(bench, await bench.baseline()),
    },
    python: { name: 'Python script', role: 'peer', run: measurePython },
  },
  figures: [
    { key: 'before', title: 'against the baseline', quantity: 'sender', against: 'before', goal: 0.5 },
    { key: 'python', title: 'against the Python script', quantity: 'sender', against: 'python' },
  ],
};

async function measureOurs({ seconds }: Bench, folder: string) {
  const { receiver, port } = await startPackagedReceiver(['--json']);
  await using _receiver = receiver;
  await using sender = await startCameraSender(['--port', port, '--size', '480x315'], { folder });
  return await measureCpu({ sender }, () => receiver.lines('stdout').length, seconds);
}

async function measurePython({ seconds }: Bench) {
  const { child: server, port } = await startPythonServer();
  await using _server = server;
  const args = ['--port', `${port}`, '--interval', '0', '--quiet'];
  await using sender = await startPython('classic_camera_client.py', args, { env: await describeCamera() });
  // Two lines a frame: its time of sending and of reception.
  return await measureCpu({ sender }, () => server.lines('stdout').length / 2, seconds);
}
