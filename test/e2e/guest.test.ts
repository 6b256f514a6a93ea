import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Child } from '../support/child.ts';
import { runGuest } from '../support/guest/guest.ts';
import { measurePictures } from '../support/pictures.ts';
import { startReceiver } from '../support/programs.ts';
import { scaleMs } from '../support/speed.ts';
import { formatSize } from './camera-suite.ts';
import { makeFolder } from './suite.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
/** Milliseconds: a whole machine is emulated. */
const guestMs = scaleMs(300_000);
const enough = 6;

test('pictures of a real V4L2 camera go on when it is unplugged and plugged in again in an arm64 machine', async () => {
  await using folder = await makeFolder();
  await using empty = await makeFolder();
  const { receiver, port } = await startReceiver('packaged', ['--save', folder.path]);
  await using _receiver = receiver;
  await using meeting = await openMeeting(receiver);
  const { output, status } = await runGuest({
    packageDirectory: empty.path,
    files: {
      '/package/image-sender': join(dist, 'linux-arm64/image-sender'),
      '/package/opencv4nodejs.node': join(dist, 'linux-arm64/opencv4nodejs.node'),
    },
    script: describeJob(port, meeting.port),
    timeoutMs: guestMs,
  });
  assert.equal(status, 0, output);
  assert.match(output, /A camera can be sent, \/dev\/video0 \(vivid[^)]*\)[\s\S]*the doctor ended with 0/);
  await receiver.waitForLine('stderr', /left after/, guestMs);
  assert.equal((await receiver.stop()).code, 0);
  const said = output.split('\n').flatMap((line) => /image-sender: (.*)$/.exec(line.trim())?.[1] ?? []);
  assert.deepEqual(
    said.map((line) => line.replace(/\d+ frames.*/, '')),
    [
      `connected to 10.0.2.2:${port}`,
      'camera /dev/video0 gives no pictures any more; waiting for it to come back',
      'camera /dev/video0 is back',
      'sent ',
    ],
  );
  const pictures = await measurePictures(folder.path);
  assert.ok(pictures.length >= 2 * enough);
  for (const picture of pictures) {
    assert.equal(formatSize(picture), '480x315');
    // vivid shows colour bars.
    assert.ok(picture.deviation > 40, `deviation ${picture.deviation}`);
  }
});

/** Sends, pulls the camera out once pictures have arrived, puts it back, and ends once more of them have. */
function describeJob(port: number, meetingPort: number): string {
  return `
meet() { wget -q -O - http://10.0.2.2:${meetingPort}/$1 || { cat /tmp/said; exit 1; }; }
modprobe vivid n_devs=1 node_types=0x1 || exit 1
/package/image-sender doctor
echo "the doctor ended with $?"
/package/image-sender camera 0 --host 10.0.2.2 --port ${port} 2>/tmp/said &
meet first
echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
until grep 'gives no pictures' /tmp/said >/dev/null; do sleep 0.2; done
test ! -e /dev/video0 || exit 1
meet away
echo vivid.0 >/sys/bus/platform/drivers/vivid/bind
meet again
kill -TERM $!
wait $!
status=$?
cat /tmp/said
exit $status
`;
}

/** Where the guest waits for pictures to arrive: each answer comes when there are enough since the answer before. */
async function openMeeting(receiver: Child): Promise<AsyncDisposable & { port: number }> {
  let seen = 0;
  const server: Server = createServer((request, response) => {
    const wait = async () => {
      while (request.url !== '/away' && receiver.lines('stdout').length < seen + enough) {
        await receiver.waitForLine('stdout', /^send time/, guestMs);
      }
      seen = receiver.lines('stdout').length;
    };
    wait().then(
      () => response.end(),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}
