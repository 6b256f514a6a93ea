import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeFrameHead, encodeHead } from '../../src/matroska/header.ts';
import { findPosition, readHead, readPositions } from '../../src/matroska/matroska-reader.ts';
import { MatroskaWriter } from '../../src/matroska/matroska-writer.ts';
import { resumeMatroska } from '../../src/matroska/resume.ts';
import { countDropped, join, listPositions, MemoryFileReader, makeMatroska, start } from './trial-matroska.ts';

/** The beginning of a frame that is being written. */
const trailer = encodeFrameHead(0, 100);
const times = [0, 33_333, 33_333, 66_667, 5_000_000, 2 ** 40];

describe('a Matroska file', () => {
  test('gives every picture back with its time to the microsecond, in its order', async () => {
    const { bytes, jpegs } = makeMatroska(times);
    const positions = await listPositions(new MemoryFileReader(bytes));
    assert.deepEqual(
      positions.map(({ capturedAtUs }) => capturedAtUs - start.startUs),
      times,
    );
    for (const [i, { position, bytes: length }] of positions.entries()) {
      assert.deepEqual(bytes.subarray(position, position + length), jpegs[i]);
    }
  });

  test('tells its camera, and its length once it is whole', async () => {
    const open = await readHead(new MemoryFileReader(makeMatroska(times, false).bytes));
    assert.equal(open?.cuesAt, undefined);
    const whole = await readHead(new MemoryFileReader(makeMatroska([0, 40_000, 80_000]).bytes));
    assert.deepEqual(whole, {
      ...start,
      frameNs: 40_000_000,
      durationUs: 120_000,
      framesAt: open?.framesAt,
      cuesAt: makeMatroska([0, 40_000, 80_000]).ends.at(-1),
    });
  });

  test('tells its rate and its length while it is written, at most a second late', async () => {
    const steps = [...new Array(10).fill(200_000), ...new Array(40).fill(40_000), ...new Array(3).fill(3_000_000)];
    const many = steps.map((_, i) => steps.slice(0, i).reduce((sum, step) => sum + step, 0));
    for (let count = 0; count <= many.length; count++) {
      const head = await readHead(
        new MemoryFileReader(join([makeMatroska(many.slice(0, count), false).bytes, trailer])),
      );
      const whole = await readHead(new MemoryFileReader(makeMatroska(many.slice(0, count)).bytes));
      const toldUs = (head?.frameNs ?? 0) / 1000;
      for (const isConstant of [true, false]) assert.equal(countDropped(many.slice(0, count), toldUs, isConstant), 0);
      assert.ok(toldUs > (whole?.frameNs ?? 0) / 1500, `${toldUs} us after ${count} frames: ${whole?.frameNs} ns`);
      const lateUs = (whole?.durationUs ?? 0) - (head?.durationUs ?? 0);
      assert.ok(lateUs < 1_000_000, `${lateUs} us after ${count} frames`);
    }
  });

  test('keeps any time and title that a sender can say', async () => {
    const property = async (startUs: number, title: string) => {
      const matroska = new MatroskaWriter({ ...start, startUs, title });
      const bytes = join([matroska.head, matroska.encodeFrameHead(0, 3), new Uint8Array(3)]);
      const head = await readHead(new MemoryFileReader(bytes));
      assert.equal(head?.startUs, startUs);
      assert.equal(head?.title, new TextDecoder().decode(new TextEncoder().encode(title.slice(0, 200))));
    };
    const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    await fc.assert(fc.asyncProperty(time, fc.string({ unit: 'binary', maxLength: 300 }), property));
  });

  test('is read from a late picture on without the ones before, torn or whole', async () => {
    const many = Array.from({ length: 500 }, (_, i) => i * 1000);
    for (const isWhole of [true, false]) {
      const { bytes } = makeMatroska(many, isWhole);
      const reader = new MemoryFileReader(bytes);
      const head = await readHead(reader);
      assert.ok(head !== undefined);
      const positions = await listPositions(new MemoryFileReader(bytes));
      for (const atUs of [-5, 0, 1, 490_000, 490_001, 499_000, 10_000_000]) {
        const fromUs = start.startUs + atUs;
        const found = [];
        reader.reads = 0;
        for await (const place of readPositions(reader, head, await findPosition(reader, head, fromUs))) {
          if (place.capturedAtUs >= fromUs) found.push(place);
        }
        assert.deepEqual(
          found,
          positions.filter(({ capturedAtUs }) => capturedAtUs >= fromUs),
        );
        assert.ok(!isWhole || atUs < 490_000 || reader.reads < 40, `${reader.reads} reads for ${atUs}`);
      }
    }
  });

  test('that is torn at any byte gives the pictures that are there whole, and no more', async () => {
    for (const isWhole of [false, true]) {
      const { bytes, ends } = makeMatroska(times, isWhole);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const positions = await listPositions(new MemoryFileReader(bytes.subarray(0, cut)));
        assert.equal(positions.length, ends.filter((end) => end <= cut).length, `cut at ${cut}`);
      }
    }
  });

  test('that is torn at any byte, and completed, is the one that was ended there', async () => {
    const { bytes, ends } = makeMatroska(times, false);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const resumed = await resumeMatroska(new MemoryFileReader(bytes.subarray(0, cut)));
      const count = ends.filter((end) => end <= cut).length;
      assert.equal(resumed?.frames ?? 0, count, `cut at ${cut}`);
      if (resumed === undefined) continue;
      const { tail, head } = resumed.encodeEnd();
      const repaired = join([bytes.subarray(0, resumed.bytes), tail]);
      repaired.set(head);
      assert.deepEqual(repaired, makeMatroska(times.slice(0, count)).bytes);
    }
  });

  test('that is torn and tells no rate, as those of before, is completed', async () => {
    const { bytes } = makeMatroska(times, false);
    const head = encodeHead(start, { frameNs: undefined, durationUs: undefined });
    bytes.set(head);
    const resumed = await resumeMatroska(new MemoryFileReader(bytes));
    assert.deepEqual(resumed?.encodeEnd().head, makeMatroska(times).bytes.subarray(0, head.length));
  });

  test('that another program began is not completed', async () => {
    const { bytes } = makeMatroska(times, false);
    const at = Buffer.from(bytes).indexOf('V_MJPEG');
    bytes[at] = 'W'.charCodeAt(0);
    assert.equal(await resumeMatroska(new MemoryFileReader(bytes)), undefined);
  });

  test('that is whole is not completed again', async () => {
    assert.equal(await resumeMatroska(new MemoryFileReader(makeMatroska(times).bytes)), undefined);
  });

  test('of hostile bytes ends, in small reads', async () => {
    const { bytes } = makeMatroska(times, true);
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.integer({ min: 0, max: 255 }) });
    const property = async (changes: { at: number; to: number }[], claimed: number) => {
      const hostile = Uint8Array.from(bytes);
      for (const { at, to } of changes) hostile[at] = to;
      const reader = new MemoryFileReader(hostile, hostile.length + claimed);
      for (const { position, bytes: length } of await listPositions(reader)) {
        assert.ok(length >= 0 && position + length <= reader.bytes);
      }
      await resumeMatroska(reader);
      const head = await readHead(reader);
      if (head !== undefined) await findPosition(reader, head, head.startUs + 70_000);
      assert.ok(reader.longest <= 131_072 && reader.reads < 200, `${reader.reads} reads, ${reader.longest} bytes`);
    };
    await fc.assert(fc.asyncProperty(fc.array(change, { maxLength: 12 }), fc.nat(2 ** 40), property), {
      numRuns: 2000,
    });
  });

  test('of a hole as large as a disk is read in a moment', async () => {
    const { bytes, ends } = makeMatroska(times, false);
    const reader = new MemoryFileReader(join([bytes, new Uint8Array(100)]), 2 ** 50);
    assert.equal((await listPositions(reader)).length, ends.length);
    assert.ok(reader.reads < 20);
  });

  test('of any length has so many cues and no more', () => {
    const matroska = new MatroskaWriter(start);
    const longest = [4096, 100_000].map((count) => {
      while (matroska.frames < count) matroska.add(matroska.frames * 1000, 1000);
      return matroska.encodeEnd().tail.length;
    });
    for (const length of longest) assert.ok(length < 100_000, `${length}`);
  });
});
