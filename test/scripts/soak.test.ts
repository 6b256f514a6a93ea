import assert from 'node:assert/strict';
import process from 'node:process';
import { describe, test } from 'node:test';
import { drawLines } from '../../scripts/soak/chart.ts';
import { readSoakOptions } from '../../scripts/soak/options.ts';
import { readProcess } from '../../scripts/soak/process-figures.ts';
import type { Sample } from '../../scripts/soak/sampler.ts';
import { fitSlope } from '../../scripts/soak/slope.ts';
import {
  findFaultLines,
  findGrowth,
  findLeaks,
  formatPrograms,
  mebibyte,
  summarizePrograms,
} from '../../scripts/soak/verdict.ts';

/** Samples of one program, a minute apart: MiB and handles. */
function makeSamples(...looks: readonly (readonly [rss: number, handles: number])[]): Sample[] {
  return looks.map(([rss, handles], i) => {
    const programs = { hub: { rssBytes: rss * mebibyte, ownBytes: (rss * mebibyte) / 2, handles, threads: 7 } };
    return { atS: 60 * i, programs, latencyMs: { p50: 1, p99: 2 } };
  });
}

describe('the slope', () => {
  test('of points on a line is that of the line, without an error', () => {
    const { slope, error } = fitSlope([1, 2, 3, 4].map((x) => [x, 5 - 2 * x]));
    assert.ok(Math.abs(slope + 2) < 1e-12 && error < 1e-12);
  });

  test('of points beside a line has the standard error of least squares', () => {
    const { slope, error } = fitSlope([1, 2, 3, 4].map((x) => [x, x + (x % 2)]));
    assert.ok(Math.abs(slope - 0.8) < 1e-12);
    assert.ok(Math.abs(error - Math.sqrt(0.8 / 2 / 5)) < 1e-12, `${error}`);
  });

  test('of two points is unknown', () => {
    assert.ok(Number.isNaN(fitSlope([[1, 1], [2, 2]]).slope)); // biome-ignore format: one pair after the other
  });
});

describe('the verdict of a soak run', () => {
  test('is good where memory stays and handles come back', () => {
    const programs = summarizePrograms(makeSamples([100, 20], [100, 21], [101, 30], [100, 30], [100, 21]), 60);
    assert.deepEqual([...findLeaks(programs), ...findGrowth(programs, 3600)], []);
    const { maxRssMB, handlesBefore, handlesAfter, maxThreads } = programs[0] ?? {};
    assert.deepEqual([maxRssMB, handlesBefore, handlesAfter, maxThreads], [101, 21, 21, 7]);
  });

  test('names a program with more handles than in the warm-up', () => {
    const programs = summarizePrograms(makeSamples([100, 20], [100, 21], [100, 22], [100, 22]), 60);
    assert.match(findLeaks(programs)[0] ?? '', /^hub has 22 open handles at the end, and had at most 21/);
  });

  test('names a program that grows, in a run that is long enough to tell', () => {
    const programs = summarizePrograms(makeSamples([100, 9], [100, 9], [101, 9], [102, 9], [103, 9]), 60);
    assert.match(findGrowth(programs, 3600)[0] ?? '', /^hub grew by 60\.00 MB an hour/);
    assert.deepEqual(findGrowth(programs, 100), []);
  });

  test('names a program that takes more memory than any should', () => {
    const programs = summarizePrograms(makeSamples([100, 9], [500, 9], [100, 9], [100, 9]), 60);
    assert.match(findGrowth(programs, 100)[0] ?? '', /^hub took 500 MB of memory/);
  });

  test('names lines of faults of the program itself, and no others', () => {
    const fine = [
      'image-receiver: a (127.0.0.1:1) was dropped: the connection broke [SEND_FAILED]',
      'an error of a disk',
    ];
    const bad = ["TypeError: Cannot read properties of undefined (reading 'x')", '    at run (file:///a/b.ts:1:2)'];
    assert.deepEqual(findFaultLines('hub', [...fine, ...bad]), bad.map((line) => `hub said: ${line}`)); // biome-ignore format: short
  });
});

test('a run that was stopped in its warm-up shows no slope', () => {
  const lines = formatPrograms(summarizePrograms(makeSamples([100, 9], [101, 9]), 600));
  assert.match(lines[1] ?? '', /^hub +101 +- +- +9 -> 9 +7$/);
});

describe('a chart', () => {
  test('has a line for each program within its area, and safe text', () => {
    const lines = [
      { name: 'a <b>', points: [[0, 0], [10, 180]] as const }, // biome-ignore format: pairs
      { name: 'c', points: [[0, 90], [5, 100]] as const }, // biome-ignore format: pairs
    ];
    const svg = drawLines({ title: 'Memory & more', x: 'minutes', y: 'MiB' }, lines);
    assert.match(svg, /a &lt;b&gt;/);
    assert.match(svg, /Memory &amp; more/);
    // The axes end at 10 and 200.
    assert.match(svg, /d="M60 430L690 88" fill="none"/);
    assert.match(svg, /d="M60 259L375 240" fill="none"/);
  });
});

describe('figures of a process', () => {
  test('are those of the kernel', async () => {
    const figures = await readProcess(process.pid);
    assert.ok(figures !== undefined && figures.rssBytes > 10 * mebibyte && figures.handles > 3 && figures.threads > 1);
  });

  test('are unknown where there is none', async () => {
    assert.equal(await readProcess(2 ** 30), undefined);
  });
});

describe('the options of a soak run', () => {
  test('take hours or minutes', () => {
    assert.equal(readSoakOptions([]).minutes, 60);
    assert.equal(readSoakOptions(['--hours', '2']).minutes, 120);
    assert.equal(readSoakOptions(['--minutes', '3']).minutes, 3);
    assert.throws(() => readSoakOptions(['--minutes', '3', '--hours', '1']), /leave one of them out/);
    assert.throws(() => readSoakOptions(['--hours', 'x']), /Cannot read --hours x/);
  });

  test('build the packages unless they are told not to, or the sources run', () => {
    assert.deepEqual(
      [[], ['--no-build'], ['--from-source']].map((args) => readSoakOptions(args).builds),
      [true, false, false],
    );
  });
});
