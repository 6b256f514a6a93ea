import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { Assets, pageFiles } from '../../../src/sinks/web/assets.ts';

const folder = new URL('../../../src/sinks/web/page/', import.meta.url);

test('Assets knows every file of the page, and no page names a file that is not there', async () => {
  assert.deepEqual((await readdir(folder)).sort(), pageFiles.toSorted());
  const assets = await Assets.load();
  for (const name of pageFiles) {
    const { text } = assets.get(name);
    const named = [...text.matchAll(/(?:src|href)="\/([\w.-]+)"|from '\.\/([\w.-]+)'/g)].map(
      ([, a, b]) => a ?? b ?? '',
    );
    for (const other of named)
      assert.ok(
        pageFiles.some((file) => file === other),
        `${name} names ${other}`,
      );
    // The content security policy of the page would block these.
    assert.doesNotMatch(
      text,
      /<script>|<style|\sstyle="|\son[a-z]+="|innerHTML|insertAdjacentHTML|document\.write|https?:\/\/(?!www\.w3\.org\/2000\/svg)/,
    );
  }
});

describe('readFramed', async () => {
  const { readFramed, LoginRequired } = await import(new URL('framed-stream.js', folder).href);

  /** Answers the next fetch with these pieces. */
  async function read(pieces: readonly Uint8Array[], status = 200) {
    const real = globalThis.fetch;
    globalThis.fetch = async () => {
      const body = new ReadableStream({
        start(controller) {
          for (const piece of pieces) controller.enqueue(piece);
          controller.close();
        },
      });
      return new Response(body, { status });
    };
    const found: unknown[] = [];
    try {
      for await (const one of readFramed('/api/live', new AbortController().signal)) found.push(one);
    } finally {
      globalThis.fetch = real;
    }
    return found;
  }

  const jpeg = new Uint8Array([0xff, 0xd8, 10, 13, 10, 0xff, 0xd9]);
  const line = (record: object) => new TextEncoder().encode(`${JSON.stringify(record)}\n`);
  const stream = Uint8Array.from([
    ...line({ type: 'cameras', cameras: [{ name: 'Küche 🎥' }] }),
    ...line({ camera: 'a', bytes: jpeg.length }),
    ...jpeg,
    ...line({ camera: 'b', bytes: 0 }),
    ...line({ type: 'end' }),
  ]);
  const wanted = [
    { record: { type: 'cameras', cameras: [{ name: 'Küche 🎥' }] }, jpeg: undefined },
    { record: { camera: 'a', bytes: jpeg.length }, jpeg },
    { record: { camera: 'b', bytes: 0 }, jpeg: new Uint8Array() },
    { record: { type: 'end' }, jpeg: undefined },
  ];

  test('gives the same records however the bytes come in pieces', async () => {
    for (const size of [1, 2, 3, 7, 64, stream.length]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) pieces.push(stream.subarray(at, at + size));
      assert.deepEqual(await read(pieces), wanted, `${size}`);
    }
  });

  test('fails when the stream breaks off within a picture, or says an impossible length', async () => {
    await assert.rejects(read([stream.subarray(0, stream.length - 43)]), /broke off/);
    for (const bytes of [-1, 1e12]) await assert.rejects(read([line({ bytes })]), /too long/);
  });

  test('says when somebody has to log in', async () => {
    await assert.rejects(read([], 401), LoginRequired);
    await assert.rejects(read([], 503), /answered 503/);
  });
});

describe('format.js', async () => {
  const format = await import(new URL('format.js', folder).href);

  test('writes lengths of time as people do', () => {
    assert.deepEqual([0, 59.9, 60, 3599, 3600, 90_000].map(format.formatDuration), [
      '0 s',
      '59 s',
      '1 min',
      '59 min',
      '1 h 0 min',
      '1 d 1 h',
    ]);
    assert.deepEqual([0, 65_000, 3_725_000].map(format.formatPosition), ['0:00', '1:05', '1:02:05']);
    assert.deepEqual([-3, 0.44, 12.6, 36_000].map(format.formatLength), ['-3.0 ms', '0.4 ms', '13 ms', '36 s']);
    assert.deepEqual([0, 999, 1000, 12_340_000, 2.5e12].map(format.formatBytes), [
      '0 B',
      '999 B',
      '1.0 kB',
      '12.3 MB',
      '2.5 TB',
    ]);
  });

  test('writes since when a camera is offline, with the day where that is not today', () => {
    const now = new Date(2026, 0, 31, 12, 36);
    assert.equal(format.formatOffline(new Date(2026, 0, 31, 12, 31).toISOString(), now), 'Offline since 12:31 (5 min)');
    assert.match(format.formatOffline(new Date(2026, 0, 29, 12, 31).toISOString(), now), /29.*12:31 \(2 d 0 h\)$/);
  });
});
