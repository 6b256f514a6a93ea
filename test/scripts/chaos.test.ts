import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { type Arrival, findRecoveryMs } from '../../scripts/chaos/arrivals.ts';
import { MachineLag } from '../../scripts/chaos/machine-lag.ts';
import { makePicture, readNumber } from '../../scripts/chaos/numbered-picture.ts';
import { readChaosOptions } from '../../scripts/chaos/options.ts';
import type { FaultRecord } from '../../scripts/chaos/pair.ts';
import {
  findBreachesOfEvery,
  findBreachesOfLatest,
  findDisorder,
  type RunFacts,
} from '../../scripts/chaos/promises.ts';
import { ReceivedPictures, RunPictures } from '../../scripts/chaos/received-pictures.ts';
import { findLateRecoveries, formatKinds, summarizeKinds } from '../../scripts/chaos/report.ts';
import { readRunDelayMs } from '../../scripts/chaos/run-delay.ts';
import { SavedPictures } from '../../scripts/chaos/saved-pictures.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { until } from '../support/until.ts';

const clean = { code: 0, signal: null } as const;

function save(numbers: readonly number[]): RunPictures {
  const pictures = new RunPictures();
  for (const number of numbers) pictures.add(number);
  return pictures;
}

function makeFacts(over: Partial<RunFacts>): RunFacts {
  const figures = { sent: 3, uncertain: 0, all: 3 };
  return { run: { id: 'a-1', isCutShort: false, ending: clean }, written: 3, figures, saved: save([1, 2, 3]), ...over };
}

function makeArrivals(...latencies: number[]): Arrival[] {
  return latencies.map((trueLatencyMs, i) => {
    return { atMs: 1000 + 100 * i, stream: 'a-x', sequence: i + 1, trueLatencyMs, wrongMs: 0 };
  });
}

describe('numbered pictures', () => {
  test('tell the run and the number that they were made with, and are the same each time', () => {
    const jpeg = makePicture({ run: 'every-0-12', number: 34 }, 4000);
    assert.deepEqual(readNumber(jpeg), { run: 'every-0-12', number: 34 });
    assert.deepEqual(makePicture({ run: 'every-0-12', number: 34 }, 4000), jpeg);
    assert.ok(jpeg.length > 3900 && jpeg.length < 4100);
  });

  test('are told from other JPEGs', () => {
    assert.equal(readNumber(tinyJpeg(640, 480, 4000)), undefined);
  });
});

describe('saved pictures', () => {
  test('are counted once each by number, and a harmed, foreign or doubled one is found', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'image-socket-saved-'));
    try {
      const received = new ReceivedPictures((run) => (run === 'a-1' ? 3000 : undefined));
      const saved = new SavedPictures(folder, received, (run) => run === 'a-1');
      const write = (name: string, jpeg: Uint8Array) => writeFile(join(folder, name), jpeg);
      for (const number of [1, 2, 4]) await write(`${number}.jpg`, makePicture({ run: 'a-1', number }, 3000));
      await write('.part', makePicture({ run: 'a-1', number: 3 }, 3000));
      await saved.look();
      const harmed = makePicture({ run: 'a-1', number: 5 }, 3000);
      harmed[2000] = (harmed[2000] ?? 0) ^ 1;
      await write('harmed.jpg', harmed);
      await write('foreign.jpg', makePicture({ run: 'b-1', number: 1 }, 3000));
      await write('again.jpg', makePicture({ run: 'a-1', number: 2 }, 3000));
      await saved.look();
      const { count, gaps, doubled, max } = received.ofRun('a-1');
      assert.deepEqual({ count, gaps, doubled, max }, { count: 3, gaps: [3], doubled: [2], max: 4 });
      assert.deepEqual(received.harmed.map((path) => basename(path)).toSorted(), ['foreign.jpg', 'harmed.jpg']);
      assert.equal(received.count, 3);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('are deleted a thousand numbers later, or when their run is over, and still count', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'image-socket-saved-'));
    try {
      const received = new ReceivedPictures(() => 300);
      const saved = new SavedPictures(folder, received, (run) => run === 'a-1');
      for (const number of [1, 2, 1001]) {
        await writeFile(join(folder, `${number}.jpg`), makePicture({ run: 'a-1', number }, 300));
      }
      await writeFile(join(folder, 'old.jpg'), makePicture({ run: 'a-0', number: 7 }, 300));
      await saved.look();
      assert.deepEqual((await readdir(folder)).toSorted(), ['1001.jpg', '2.jpg']);
      assert.deepEqual([received.ofRun('a-1').count, received.ofRun('a-0').count], [3, 1]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the promises of every', () => {
  test('hold where all pictures are there once', () => {
    assert.deepEqual(findBreachesOfEvery(makeFacts({}), '2'), []);
  });

  for (const [what, over, breach] of [
    ['a picture is lost', { saved: save([1, 3]) }, /1 of 3 pictures are lost: 2$/],
    ['the last picture is lost', { saved: save([1, 2]) }, /3 pictures were written, and the last saved is 2/],
    ['a picture is there twice', { saved: save([1, 2, 2, 3]) }, /pictures 2 are there twice/],
    ['the sender fails', { run: { id: 'a-1', isCutShort: false, ending: { code: 4, signal: null } } }, /ended with 4/],
    ['the sender miscounts', { figures: { sent: 2, uncertain: 1, all: 3 } }, /it says that 2 arrived/],
  ] as const) {
    test(`are broken where ${what}`, () => {
      const breaches = findBreachesOfEvery(makeFacts(over), '2');
      assert.equal(breaches.length, 1, breaches.join('\n'));
      assert.match(breaches[0] ?? '', breach);
    });
  }

  test('let a killed sender lose the end of its pictures, and nothing before', () => {
    const killed = { run: { id: 'a-1', isCutShort: true, ending: undefined }, written: 9, figures: undefined };
    assert.deepEqual(findBreachesOfEvery(makeFacts(killed), '2'), []);
    assert.equal(findBreachesOfEvery(makeFacts({ ...killed, saved: save([1, 3]) }), '2').length, 1);
  });

  test('let the classic wire lose pictures that it does not count as sent', () => {
    const facts = makeFacts({ saved: save([1, 3]), figures: { sent: 2, uncertain: 1, all: 3 } });
    assert.deepEqual(findBreachesOfEvery(facts, 'classic'), []);
    assert.equal(findBreachesOfEvery({ ...facts, saved: save([1]) }, 'classic').length, 1);
    assert.equal(findBreachesOfEvery({ ...facts, written: 4 }, 'classic').length, 1);
  });
});

describe('the promises of latest', () => {
  const facts = makeFacts({ figures: { sent: 2, uncertain: 0, all: 3 } });

  test('hold where each frame is shown or counted', () => {
    assert.deepEqual(findBreachesOfLatest(facts, makeArrivals(1, 1), 0), []);
  });

  test('are broken where a frame is counted nowhere', () => {
    assert.match(findBreachesOfLatest({ ...facts, written: 4 }, makeArrivals(1, 1), 0)[0] ?? '', /lost silently/);
  });

  test('are broken where a frame counts as sent and is not shown', () => {
    assert.match(findBreachesOfLatest(facts, makeArrivals(1), 0)[0] ?? '', /1 frames were shown/);
    assert.deepEqual(findBreachesOfLatest(facts, makeArrivals(1), 1), []);
  });

  test('are broken where a frame comes again', () => {
    const [first, second] = makeArrivals(1, 1);
    assert.deepEqual(findDisorder([first, second] as Arrival[]), []);
    assert.equal(findDisorder([first, second, second] as Arrival[]).length, 1);
  });
});

describe('a recovery', () => {
  test('is the first of three frames in a row on time', () => {
    const arrivals = makeArrivals(1, 1, 1, 900, 10, 900, 10, 10, 10, 10);
    assert.equal(findRecoveryMs(arrivals, 1250, 300), 350);
  });

  test('has not come while fewer are on time', () => {
    assert.equal(findRecoveryMs(makeArrivals(1, 1, 1, 900, 10, 10), 1250, 300), undefined);
    assert.equal(findRecoveryMs([], 0, 300), undefined);
  });
});

describe('the report of a chaos run', () => {
  const record = (kind: string, recoveryMs: number | undefined, lagMs = 0): FaultRecord => {
    return { ...{ pair: 0, particulars: '', startMs: 0, endMs: 0, dropped: 2, waitedMs: 0 }, kind, recoveryMs, lagMs };
  };

  test('has one row for each kind, and a recovery that did not come is late', () => {
    const rows = summarizeKinds([record('kill', 100), record('freeze', 2500), record('kill', undefined)]);
    assert.deepEqual(rows, [
      { kind: 'freeze', count: 1, medianMs: 2500, maxMs: 2500, late: 1, busy: 0, dropped: 2 },
      { kind: 'kill', count: 2, medianMs: 100, maxMs: Number.POSITIVE_INFINITY, late: 1, busy: 0, dropped: 4 },
    ]);
    assert.match(formatKinds(rows)[1] ?? '', /^freeze +1 +2500 +2500 +1 +0 +2$/);
  });
});

test('a recovery that is late on a machine that stood still is counted apart', () => {
  const common = { pair: 0, kind: 'kill', particulars: 'the receiver', startMs: 0, endMs: 0, dropped: 0, waitedMs: 0 };
  const records = [
    { ...common, recoveryMs: 2500, lagMs: 900 },
    { ...common, recoveryMs: 2500, lagMs: 100 },
    { ...common, recoveryMs: 100, lagMs: 900 },
    { ...common, recoveryMs: 2500, lagMs: 0, waitedMs: 499 },
    { ...common, recoveryMs: 2500, lagMs: 0, waitedMs: 500 },
    { ...common, recoveryMs: undefined, lagMs: 0, waitedMs: 9000 },
  ];
  const [row] = summarizeKinds(records);
  assert.deepEqual([row?.late, row?.busy], [3, 2]);
  assert.deepEqual(findLateRecoveries(records), [
    'pair 0: latest needed 2500 ms to come back (goal: 2000 ms) after kill, the receiver',
    'pair 0: latest needed 2500 ms to come back (goal: 2000 ms) after kill, the receiver',
    'pair 0: latest did not come back (goal: 2000 ms) after kill, the receiver',
  ]);
});

test('the time that processes wait for a processor is that of the kernel, and 0 of one that has ended', async () => {
  assert.ok((await readRunDelayMs([process.pid, 2 ** 30])) > 0);
  assert.equal(await readRunDelayMs([2 ** 30]), 0);
});

test('the lag of a machine is how long this process had to wait for its turn', async () => {
  using lag = new MachineLag(100);
  const startMs = Date.now();
  assert.equal(lag.maxSince(startMs + 3_600_000), 0);
  const endMs = performance.now() + 300;
  while (performance.now() < endMs);
  await until(() => lag.maxSince(startMs) >= 200);
});

describe('the options of a chaos run', () => {
  test('have defaults, and a new seed each time', () => {
    const [{ seed, ...first }, second] = [readChaosOptions([]), readChaosOptions([])];
    assert.deepEqual(first, { minutes: 30, pairs: 4, runtime: 'packaged', out: undefined });
    assert.notEqual(seed, second.seed);
  });

  test('are refused where they are no numbers, out of range or unknown', () => {
    for (const args of [
      ['--minutes', 'x'],
      ['--minutes', ''],
      ['--pairs', '0'],
      ['--seed', '0'],
      ['--hours', '1'],
    ]) {
      assert.throws(() => readChaosOptions(args), Error, args.join(' '));
    }
  });
});
