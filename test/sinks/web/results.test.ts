import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FrameResult } from '../../../src/frames/results/frame-result.ts';
import { readWallClockUs } from '../../../src/system/clock.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { open } from './ask.ts';
import type { TrialCamera } from './trial-cameras.ts';
import { type FramedRecord, readFramed, TrialPage } from './trial-page.ts';

/** The box has the number of the frame, and the picture has so many bytes. */
const pictureOf = (sequence: number) => tinyJpeg(480, 315, 100 + sequence);

function send(camera: TrialCamera) {
  return camera.send(pictureOf(camera.sender.frames + 1));
}

function answer({ results }: TrialPage, camera: TrialCamera, frame: ReturnType<typeof send>): FrameResult {
  const { jpeg, ...known } = frame;
  const result: FrameResult = {
    ...{ camera: camera.camera, frame: known, detectUs: 20_000, answeredAtUs: readWallClockUs() },
    ...{ omitted: 0, extra: { model: 'm' } },
    detections: [{ label: '<b>', confidence: 0.5, box: [frame.sequence, 0, 480, 315] }],
  };
  results.tell(result, jpeg);
  return result;
}

interface Seen {
  readonly sequence: number;
  /** Length of the picture. */
  readonly bytes: number;
  readonly box: readonly number[] | undefined;
}

/** The next pictures of a viewer. */
async function watch(page: TrialPage, query: string, count: number): Promise<Seen[]> {
  const stream = await open(page.port, `/api/live${query}`);
  const seen: Seen[] = [];
  for await (const { record, jpeg } of readFramed(stream)) {
    const { type, sequence = 0, detections } = record as FramedRecord & { detections?: { box: number[] }[] };
    if (type !== 'cameras') seen.push({ sequence, bytes: jpeg.length, box: detections?.[0]?.box });
    if (seen.length === count) break;
  }
  return seen;
}

describe('results of a detector', () => {
  test('are at an address of each camera, without the id of its stream', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    const frame = send(camera);
    assert.equal((await page.ask('/api/results/attic')).status, 404);
    const early = await page.ask('/api/results/garden');
    assert.deepEqual([early.status, early.headers['retry-after']], [503, '1']);
    answer(page, camera, { ...frame, stream: 'secret' });
    const { text, headers } = await page.ask('/api/results/garden');
    assert.match(headers['content-type'] ?? '', /^application\/json/);
    const { detections, detectMs, model, ...others } = JSON.parse(text);
    assert.deepEqual(detections, [{ label: '<b>', confidence: 0.5, box: [1, 0, 480, 315] }]);
    assert.deepEqual([detectMs, model, others.sequence], [20, 'm', 1]);
    assert.ok(!text.includes('secret'));
  });

  test('come one after another as events', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    answer(page, camera, send(camera));
    const stream = await open(page.port, '/api/results/garden/events');
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    let text = '';
    let sent = 0;
    for await (const chunk of stream) {
      text += String(chunk);
      const events = [...text.matchAll(/^data: (.*)\n\n/gm)].map(([, json = '']) => JSON.parse(json).sequence);
      assert.deepEqual(events, [2, 3, 4].slice(0, events.length));
      if (events.length === 3) break;
      if (events.length === sent) {
        sent++;
        answer(page, camera, send(camera));
      }
    }
  });

  test('are in the list of cameras', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    answer(page, camera, send(camera));
    page.connect('attic').send(pictureOf(1));
    const [attic, garden] = JSON.parse((await page.ask('/api/cameras')).text).cameras;
    assert.equal(attic.detector, null);
    const { fps, ageMs, at, detections } = garden.detector;
    assert.ok(fps > 0 && ageMs >= 5 && Date.parse(at) > 0);
    assert.deepEqual(detections, [{ label: '<b>', confidence: 0.5 }]);
  });

  test('come with their own picture to a viewer that wants them, and not to others', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    let pending = send(camera);
    const timer = setInterval(() => {
      const next = send(camera);
      // The answer comes when a newer picture is there already.
      answer(page, camera, pending);
      pending = next;
    }, 5);
    for (const [query, isWanted] of [
      ['?results', true],
      ['', false],
    ] as const) {
      const seen = await watch(page, query, 50);
      for (const { sequence, bytes, box } of seen) {
        assert.equal(bytes, pictureOf(sequence).length);
        if (box !== undefined) assert.equal(box[0], sequence);
      }
      assert.ok(seen.slice(4).every(({ box }) => (box !== undefined) === isWanted));
    }
    clearInterval(timer);
  });

  test('are away when the detector is: the viewer then gets all pictures', async () => {
    await using page = await TrialPage.open();
    const camera = page.connect('garden');
    const frame = send(camera);
    const old = { ...answer(page, camera, frame), answeredAtUs: readWallClockUs() - 3e6 };
    page.results.tell(old, frame.jpeg);
    send(camera);
    const [first] = await watch(page, '?results', 1);
    assert.deepEqual([first?.sequence, first?.box], [2, undefined]);
  });
});
