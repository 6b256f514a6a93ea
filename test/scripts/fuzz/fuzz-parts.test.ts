import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { resolvePlace } from '../../../scripts/cli/results-place.ts';
import { InFlightFile, readInFlight } from '../../../scripts/fuzz/in-flight.ts';
import { kindOf } from '../../../scripts/fuzz/messages.ts';
import { readFuzzOptions } from '../../../scripts/fuzz/options.ts';
import { readReport } from '../../../scripts/fuzz/sanitizer-report.ts';
import { addStats, emptyStats } from '../../../scripts/fuzz/stats.ts';
import { formatSummary } from '../../../scripts/fuzz/summary.ts';

const read = (...args: string[]) => readFuzzOptions(args, () => 'new');

describe('the options of npm run fuzz', () => {
  test('are all targets for five minutes in two processes when there are none', () => {
    const { targets, ...others } = read();
    assert.deepEqual(others, { minutes: 5, seed: 'new', workers: 2, input: undefined, isSanitized: false });
    assert.ok(targets.includes('wire2') && targets.includes('native-video'));
  });

  test('choose targets, a time, a seed and a file', () => {
    assert.deepEqual(read('--target', 'wire2,http', '--minutes', '0.5', '--seed', 'a', '--workers', '3'), {
      targets: ['wire2', 'http'],
      minutes: 0.5,
      seed: 'a',
      workers: 3,
      input: undefined,
      isSanitized: false,
    });
    assert.equal(read('--target', 'wire2', '--input', 'x.bin').input, resolvePlace('x.bin'));
  });

  test('choose the targets with native code for the sanitizers', () => {
    assert.deepEqual(read('--sanitize').targets, ['native-jpeg', 'native-camera', 'native-video']);
    assert.deepEqual(read('--sanitize', '--target', 'native-video').targets, ['native-video']);
    assert.throws(
      () => read('--sanitize', '--target', 'native-video,http'),
      /Cannot use the target 'http' with --sanitize: there are native-jpeg, native-camera, native-video$/,
    );
  });

  test('are refused when they mean nothing', () => {
    assert.throws(() => read('--target', 'wire3'), /Cannot use the target 'wire3': there are classic, /);
    assert.throws(() => read('--target', 'constructor'), /Cannot use the target 'constructor'/);
    assert.throws(() => read('--minutes', '0'), /Cannot use --minutes as it must be above 0 and up to 1440: it is '0'/);
    assert.throws(() => read('--workers', 'all'), /it is 'all'/);
    assert.throws(() => read('--input', 'x.bin'), /Cannot try a file without its one --target/);
    assert.throws(() => read('--what'), /Unknown option/);
  });
});

test('the file of the current input has the last one, also after a longer one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-parts-'));
  try {
    const path = join(folder, 'in-flight');
    using file = new InFlightFile(path);
    assert.equal(readInFlight(path), undefined);
    for (const input of [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(9), new Uint8Array()]) {
      file.write(input);
      assert.deepEqual(new Uint8Array(readInFlight(path) ?? [0]), input);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the report of a sanitizer', () => {
  test('begins with the fault and its place, and ends before the bytes around it', () => {
    const stderr = [
      'a line of FFmpeg',
      '=================================================================',
      '==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602f at pc 0x7f53 bp 0x7ffe sp 0x7ffe',
      'READ of size 16 at 0x602f thread T3',
      '    #0 0x7f53 in shrinkDown planes.cc:109',
      '',
      'SUMMARY: AddressSanitizer: heap-buffer-overflow planes.cc:109 in shrinkDown',
      'Shadow bytes around the buggy address:',
      '==7==ABORTING',
    ];
    assert.equal(readReport(stderr.join('\n')), [stderr[6], ...stderr.slice(2, 5)].join('\n'));
  });

  test('is that of undefined behaviour, too', () => {
    const error = 'planes.cc:9:3: runtime error: signed integer overflow: 2147483647 + 1';
    const summary = 'SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior planes.cc:9:3 in';
    assert.equal(
      readReport(`${error}\n    #0 0x7f in f planes.cc:9\n\n${summary}\n`),
      `${summary}\n${error}\n    #0 0x7f in f planes.cc:9`,
    );
  });

  test('is not there when a process ends in another way', () => {
    assert.equal(readReport('FATAL ERROR: Reached heap limit'), undefined);
  });
});

test('failures are of one kind when only their numbers and quoted texts differ', () => {
  const kind = (message: string) => kindOf({ target: 'http', message });
  assert.equal(kind("it takes 70 ms: 'a'"), kind("it takes 9 ms: 'b'"));
  assert.notEqual(kind('it takes 70 ms'), kind('it hangs'));
});

test('the summary adds what the processes of a target did', () => {
  const all = emptyStats();
  const one = { ...emptyStats(), inputs: 1000, bytes: 2e6, ms: 500, slowestMsPerMb: 7.4, held: 3000, rss: 80e6 };
  addStats(all, { ...one, outcomes: 4, codes: { BAD_TIME: 2 } });
  addStats(all, { ...one, held: undefined, slowestMsPerMb: 3, outcomes: 5, codes: { BAD_TIME: 1, NOT_JPEG: 9 } });
  assert.deepEqual(formatSummary(new Map([['http', all]])), [
    'target  inputs   MB  inputs/s  ms/MB  held kB  RSS MB  outcomes  errors',
    'http     2,000  4.0     2,000      7        3      80         5  NOT_JPEG 9, BAD_TIME 3',
    'all      2,000  4.0     2,000      7        3      80         5',
  ]);
});
