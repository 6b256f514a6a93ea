import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionLog } from '../../../src/cli/receiver/connection-log.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { Pipeline } from '../../../src/sinks/pipeline.ts';
import { makeSender } from '../../support/frames.ts';

function open() {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const cameras = new CameraRegistry();
  const log = new ConnectionLog(cameras, { info: write, warn: write });
  const pipeline = new Pipeline([], { cameras, listener: log, count: 0, onDone: () => undefined });
  return { lines, log, pipeline };
}

test('a sender of bare JPEGs comes and goes without a word about latency, and what was skipped is told', () => {
  const { lines, log, pipeline } = open();
  const sender = makeSender({ name: 'garden' });
  pipeline.connected(sender);
  Object.assign(sender, { frames: 3, bytes: 3000, skipped: 1 });
  assert.match(
    log.render()[0] ?? '',
    /^garden \(127\.0\.0\.1:1\) {2}3 frames .* 3\.0 kB, skipped 1 piece that was torn, rejected or no picture$/,
  );
  sender.skipped = 2;
  pipeline.disconnected(sender, undefined);
  assert.deepEqual(lines, [
    'garden (127.0.0.1:1) sends pictures',
    'garden (127.0.0.1:1) left after 3 frames (3.0 kB), skipped 2 pieces that were torn, rejected or no picture',
  ]);
});

test('a classic sender goes with its jitter, and wire 2 with its losses', () => {
  const { lines, pipeline } = open();
  const sender = makeSender({ frames: 2, bytes: 2000, dropped: 4, duplicates: 5 });
  pipeline.connected(sender);
  sender.latency.add(1000, undefined);
  sender.latency.add(17_000, undefined);
  pipeline.disconnected(sender, new ProtocolError('BAD_TIME', 'Cannot read it'));
  assert.equal(
    lines[1],
    '127.0.0.1:1 dropped after 2 frames (2.0 kB), clock offset unknown, jitter 1.0 ms, 4 dropped by the sender, 5 came twice: Cannot read it [BAD_TIME]',
  );
});

test('a second camera of one name is told of, with what it goes by', () => {
  const { lines, pipeline } = open();
  for (const stream of ['pi-aaaaaaaa', 'pi-bbbbbbbb']) pipeline.connected(makeSender({ name: 'pi', stream }));
  assert.deepEqual(lines.slice(1), [
    'pi (127.0.0.1:1) sends pictures',
    'pi (127.0.0.1:1): another camera is called pi: its key here is pi-2; --name at the senders tells them apart',
  ]);
});

test('a camera that cannot go by its name is told the other name, why the two clash, and what it goes by', () => {
  const tell = (...names: string[]) => {
    const { lines, pipeline } = open();
    for (const [i, name] of names.entries()) pipeline.connected(makeSender({ name, stream: `pi-aaaaaaa${i}` }));
    return lines.at(-1);
  };
  const end = '; --name at the senders tells them apart';
  assert.equal(
    tell('Garden', 'garden'),
    `garden (127.0.0.1:1): another camera is called Garden, and some disks do not distinguish capital from small letters: its key here is garden-2${end}`,
  );
  assert.equal(
    tell('my cam', 'my-cam'),
    `my-cam (127.0.0.1:1): another camera is called my cam, and of both names my-cam is left in addresses and file names: its key here is my-cam-2${end}`,
  );
  assert.equal(
    tell('pi', 'pi', 'pi-2'),
    `pi-2 (127.0.0.1:1): the camera pi has the key pi-2 here: its key here is pi-2-2${end}`,
  );
});

test('the line of a camera that leaves is told at once when a crowd without frames leaves with it', () => {
  const { lines, pipeline } = open();
  const camera = makeSender({ name: 'garden', frames: 3, bytes: 3000 });
  for (let i = 0; i < 100; i++) pipeline.disconnected(makeSender({ frames: 0 }), undefined);
  pipeline.disconnected(camera, undefined);
  assert.equal(lines.at(-1), 'garden (127.0.0.1:1) left after 3 frames (3.0 kB)');
  for (let i = 0; i < 100; i++) pipeline.disconnected(makeSender({ frames: 0 }), new ProtocolError('IDLE', 'Too slow'));
  pipeline.disconnected(camera, new ProtocolError('IDLE', 'Too slow'));
  assert.equal(lines.at(-1), 'garden (127.0.0.1:1) dropped after 3 frames (3.0 kB): Too slow [IDLE]');
});
