import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { RecordingIndex, RecordingInfo } from '../../../src/sinks/recording-index.ts';
import { readRange } from '../../../src/sinks/web/http/byte-range.ts';
import { until } from '../../support/until.ts';
import { open } from './ask.ts';
import { readFramed, TrialPage } from './trial-page.ts';

const startedAtUs = Date.UTC(2026, 0, 31, 12) * 1000;
const base: RecordingInfo = {
  ...{ id: 'garden/1 a', camera: 'garden', startedAtUs, durationMs: 900, bytes: 100_000 },
  ...{ isBeingWritten: false, isPlayable: true },
};
const bytes = Buffer.alloc(100_000, 'abcdefghij');

/** One file, listed as three recordings. */
class TrialIndex implements RecordingIndex, AsyncDisposable {
  readonly path: string;
  readonly #folder: string;
  stopped = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'x.mkv');
  }

  static async make(): Promise<TrialIndex> {
    const index = new TrialIndex(await mkdtemp(join(tmpdir(), 'image-socket-recordings-')));
    await writeFile(index.path, bytes);
    return index;
  }

  async list(): Promise<RecordingInfo[]> {
    const video = { ...base, id: 'video', camera: '"é\r\n', isPlayable: false, startedAtUs: startedAtUs + 1e6 };
    return [base, video, { ...base, id: 'lost', startedAtUs: startedAtUs - 1e6, durationMs: undefined }];
  }

  async open(id: string) {
    return id === 'lost' ? undefined : { path: this.path, bytes: bytes.length };
  }

  async *frames(id: string, fromMs: number, signal: AbortSignal) {
    try {
      for (let ms = fromMs; (id === 'lost' || ms < 1000) && !signal.aborted; ms += 100) {
        yield { jpeg: new Uint8Array(50_000).fill(ms / 100), capturedAtUs: startedAtUs + ms * 1000 };
      }
    } finally {
      this.stopped++;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

test('readRange reads one range, and takes what it does not know for none', () => {
  assert.deepEqual(readRange('bytes=0-9', 100), { first: 0, last: 9 });
  assert.deepEqual(readRange('bytes=90-', 100), { first: 90, last: 99 });
  assert.deepEqual(readRange('bytes=90-1000', 100), { first: 90, last: 99 });
  assert.deepEqual(readRange('bytes=-10', 100), { first: 90, last: 99 });
  assert.deepEqual(readRange('bytes=-1000', 100), { first: 0, last: 99 });
  for (const none of ['bytes=100-', 'bytes=100-200', 'bytes=-0']) assert.equal(readRange(none, 100), 'none', none);
  for (const whole of [
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=9-1',
    'bytes=0-1,5-6',
    'lines=1-2',
    'bytes=a-b',
    'bytes=1e1-',
  ]) {
    assert.equal(readRange(whole, 100), undefined, whole);
  }
  assert.equal(readRange('bytes=0-', 0), 'none');
});

describe('recordings', { concurrency: 4 }, () => {
  test('are listed, the newest first, and by camera', async () => {
    await using index = await TrialIndex.make();
    await using page = await TrialPage.open({ recordings: index });
    const { recordings } = JSON.parse((await page.ask('/recordings')).text);
    assert.deepEqual(
      recordings.map(({ id }: RecordingInfo) => id),
      ['video', 'garden/1 a', 'lost'],
    );
    assert.deepEqual(recordings[1], {
      ...{ id: 'garden/1 a', camera: 'garden', startedAt: '2026-01-31T12:00:00.000Z', durationMs: 900 },
      ...{ bytes: 100_000, isBeingWritten: false, isPlayable: true, url: '/recordings/garden/1%20a' },
    });
    assert.equal(JSON.parse((await page.ask('/recordings?camera=garden')).text).recordings.length, 2);
  });

  test('are downloaded whole or in parts, under a name that is no path and no header', async () => {
    await using index = await TrialIndex.make();
    await using page = await TrialPage.open({ recordings: index });
    const whole = await page.ask('/recordings/garden%2F1%20a');
    assert.deepEqual([whole.status, whole.body.equals(bytes)], [200, true]);
    assert.equal(whole.headers['content-type'], 'video/x-matroska');
    assert.equal(whole.headers['content-disposition'], 'attachment; filename="garden_20260131T120000Z.mkv"');
    const part = await page.ask('/recordings/video', { headers: { range: 'bytes=70001-70003' } });
    assert.deepEqual([part.status, part.text, part.headers['content-range']], [206, 'bcd', 'bytes 70001-70003/100000']);
    assert.equal(part.headers['content-disposition'], 'attachment; filename="----_20260131T120001Z.mkv"');
    const beyond = await page.ask('/recordings/video', { headers: { range: 'bytes=100000-' } });
    assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */100000']);
  });

  test('that are not on the list are not there, whatever they are called', async () => {
    await using index = await TrialIndex.make();
    await using page = await TrialPage.open({ recordings: index });
    const names = ['lost', 'x.mkv', '..%2Fx.mkv', '%00', '%2Fetc%2Fpasswd', encodeURIComponent(index.path), '%ff'];
    for (const name of names) assert.equal((await page.ask(`/recordings/${name}`)).status, 404, name);
    assert.equal((await page.ask('/api/play?id=../../etc/passwd')).status, 404);
    assert.equal((await page.ask('/api/play')).status, 404);
  });

  test('that are cut off while they are sent do not look whole', async () => {
    await using index = await TrialIndex.make();
    await using page = await TrialPage.open({ recordings: index });
    await truncate(index.path, 10);
    await assert.rejects(page.ask('/recordings/video'));
  });

  test('are played from where it is wanted, to their end', async () => {
    await using index = await TrialIndex.make();
    await using page = await TrialPage.open({ recordings: index });
    const seen: (number | string | undefined)[] = [];
    for await (const { record, jpeg } of readFramed(await open(page.port, '/api/play?id=garden/1%20a&from=700'))) {
      seen.push(record.atMs ?? record.type);
      if (record.atMs !== undefined) assert.deepEqual([jpeg.length, jpeg[0]], [50_000, record.atMs / 100]);
    }
    assert.deepEqual(seen, [700, 800, 900, 'end']);
    assert.equal((await page.ask('/api/play?id=video')).status, 409);
    for (const odd of ['x', '', '-1', '0x10', '1e3', '%C2%A07', '%207', 'Infinity', '1234567890123']) {
      assert.equal((await page.ask(`/api/play?id=lost&from=${odd}`)).status, 400, odd);
    }
  });

  test('are read no further when their viewer stops reading, and no more when he leaves', async () => {
    await using index = await TrialIndex.make();
    await using page = await TrialPage.open({ recordings: index });
    const incoming = await open(page.port, '/api/play?id=lost');
    incoming.pause();
    // Time for a server that reads on, which would be wrong, to show it.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(index.stopped, 0);
    incoming.destroy();
    await until(() => index.stopped === 1);
  });
});
