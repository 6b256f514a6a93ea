import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseBenchArguments } from '../../scripts/bench/arguments.ts';
import { findMost } from '../../scripts/bench/loads/find-most.ts';
import { findLatencyBound, sumCounts } from '../../scripts/bench/loads/metrics.ts';
import { readCounts } from '../../scripts/bench/loads/strace.ts';
import { chooseRows, rows } from '../../scripts/bench/rows.ts';
import { resolvePlace } from '../../scripts/cli/results-place.ts';

describe('the command line', () => {
  test('measures all rows five times, if it says nothing else', () => {
    const { rows: names, rounds, seconds, frames, isList, out } = parseBenchArguments([]);
    assert.deepEqual([names, rounds, seconds, frames, isList, out], [[], 5, undefined, 1_000_000, false, undefined]);
    assert.equal(chooseRows(names), rows);
  });

  test('has rows, rounds, seconds, frames, a baseline and a folder', () => {
    const args = [
      'start',
      '--rounds',
      '7',
      '--seconds',
      '2.5',
      '--frames',
      '9',
      '--baseline',
      'v1',
      '--out',
      'x',
      'wires',
    ];
    const read = parseBenchArguments(args);
    const expected = {
      rows: ['start', 'wires'],
      isList: false,
      rounds: 7,
      seconds: 2.5,
      frames: 9,
      baseline: 'v1',
      out: resolvePlace('x'),
    };
    assert.deepEqual(read, expected);
  });

  test('refuses what it cannot use, with the usage', () => {
    for (const args of [['--rounds', '0'], ['--rounds', '1.5'], ['--seconds', 'x'], ['--seconds', '1'], ['--nothing']])
      assert.throws(() => parseBenchArguments(args), /usage: npm run bench/, args.join(' '));
  });

  test('refuses a row that is not there, with those that are', () => {
    assert.throws(() => chooseRows(['nothing']), /'nothing': there are video-classic, /);
    assert.deepEqual(
      chooseRows(['start', 'latency']).map(({ name }) => name),
      ['latency', 'start'],
    );
  });

  test('chooses rows by the beginning of their names', () => {
    assert.deepEqual(
      chooseRows(['forward', 'start']).map(({ name }) => name),
      ['forward-memory', 'forward-pipe', 'forward-iperf', 'start'],
    );
  });
});

describe('the search for the most senders', () => {
  /** Finds the most below a bound, and the numbers that were tried. */
  async function search(bound: number, start = 300, limit = 5000) {
    const tried: number[] = [];
    const most = await findMost(start, limit, async (count) => {
      tried.push(count);
      return count <= bound;
    });
    return { most, tried };
  }

  test('finds the bound within five percent, from either side', async () => {
    for (const bound of [1, 2, 3, 37, 60, 299, 300, 301, 777, 4000]) {
      const { most, tried } = await search(bound);
      assert.ok(most <= bound && (most >= bound / 1.051 || bound - most < 1), `${most} for ${bound}`);
      assert.ok(tried.length < 45, `${tried.length} for ${bound}`);
    }
  });

  test('ends at its limit and at none', async () => {
    assert.equal((await search(9999)).most, 5000);
    assert.equal((await search(0)).most, 0);
  });
});

test('the table of strace gives the calls of each name', () => {
  const lines = [
    'strace: Process 7 attached with 11 threads',
    '% time     seconds  usecs/call     calls    errors syscall',
    '------ ----------- ----------- --------- --------- ----------------',
    ' 61.36    0.004331           5       731        12 futex',
    '  0.00    0.000000           0        19           epoll_wait',
    '------ ----------- ----------- --------- --------- ----------------',
    '100.00    0.007059           4       750        12 total',
  ];
  assert.deepEqual(
    [...readCounts(lines)],
    [
      ['futex', 731],
      ['epoll_wait', 19],
    ],
  );
});

test('figures of /metrics are summed, and the bucket of a share of all latencies is found', () => {
  const bucket = (camera: string, le: string) => `image_socket_latency_seconds_bucket{camera="${camera}",le="${le}"}`;
  const before = new Map([[bucket('a', '+Inf'), 100]]);
  const after = new Map([
    ...([
      [bucket('a', '0.001'), 10],
      [bucket('a', '0.01'), 50],
      [bucket('a', '+Inf'), 150],
    ] as const),
    ...([
      [bucket('b', '0.001'), 50],
      [bucket('b', '0.01'), 50],
      [bucket('b', '+Inf'), 50],
    ] as const),
    ['other', 5] as const,
  ]);
  assert.equal(sumCounts(after, /^other/), 5);
  assert.equal(sumCounts(after, /Inf/, before), 100);
  assert.equal(findLatencyBound(after, before, 0.99), 10);
});
