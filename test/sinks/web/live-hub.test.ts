import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { LiveHub } from '../../../src/sinks/web/live/live-hub.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { makeCameras, TrialCamera } from './trial-cameras.ts';

function open() {
  const cameras = makeCameras();
  const hub = new LiveHub(cameras);
  const sink = {
    write: (frame: Parameters<LiveHub['update']>[0]) => {
      hub.update(frame);
      return true;
    },
  };
  const woken: string[] = [];
  const wait = async (key: string | undefined, signal = new AbortController().signal) => {
    await hub.wait(key, signal);
    woken.push(key ?? 'all');
  };
  const connect = (name: string) => new TrialCamera(cameras, sink, name);
  return { connect, wait, woken, [Symbol.dispose]: () => hub.close() };
}

/** Until all that has been notified has gone on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a frame wakes the viewers of its camera and of all cameras, and no others', async () => {
  using page = open();
  const [a, b] = [page.connect('a'), page.connect('b')];
  for (const key of ['a', 'a', 'b', undefined]) void page.wait(key);
  a.send(tinyJpeg(16, 16));
  await settle();
  assert.deepEqual(page.woken.sort(), ['a', 'a', 'all']);
  b.send(tinyJpeg(16, 16));
  await settle();
  assert.deepEqual(page.woken.sort(), ['a', 'a', 'all', 'b']);
});

test('a viewer of a camera that is not there yet is woken by its first frame', async () => {
  using page = open();
  void page.wait('late');
  page.connect('late').send(tinyJpeg(16, 16));
  await settle();
  assert.deepEqual(page.woken, ['late']);
});

test('a new second wakes the viewers of one camera, again and again', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.after(() => mock.timers.reset());
  using page = open();
  for (let seconds = 1; seconds <= 3; seconds++) {
    void page.wait('a');
    mock.timers.tick(1000);
    await settle();
    assert.equal(page.woken.length, seconds);
    // In a second without a viewer the camera is forgotten.
    if (seconds === 2) mock.timers.tick(1000);
  }
});

test('a viewer that leaves is not waited for', async () => {
  using page = open();
  const leaving = new AbortController();
  void page.wait('a', leaving.signal);
  leaving.abort();
  await settle();
  assert.deepEqual(page.woken, ['a']);
});
