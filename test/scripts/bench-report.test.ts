import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Bench } from '../../scripts/bench/context.ts';
import { drawChart } from '../../scripts/bench/report/chart.ts';
import { readKept } from '../../scripts/bench/report/kept.ts';
import { fillFigures, findWeakness, keepRun } from '../../scripts/bench/report/page.ts';
import type { RunResult } from '../../scripts/bench/report/result.ts';
import { readRun, saveRun } from '../../scripts/bench/report/save.ts';
import { formatRow } from '../../scripts/bench/report/table.ts';
import type { Contender, Values } from '../../scripts/bench/row.ts';
import { rows } from '../../scripts/bench/rows.ts';
import { runRow } from '../../scripts/bench/run.ts';
import { makeBenchRow } from '../support/bench-row.ts';

const machine = { processor: 'CPU', cores: 2, memoryGB: 4, kernel: '6.1', node: 'v24', loadBefore: 0.1 };
const row = makeBenchRow();

async function makeRun(ours: readonly (number | undefined)[], on = machine): Promise<RunResult> {
  const peer = ours.map(() => 100);
  const bench = { seconds: 1 } as Bench;
  const result = await runRow(makeBenchRow({ ours, peer }), bench, { rounds: ours.length, say: () => undefined });
  const [tree, baseline] = ['abc1234 Do', 'def5678 Did'];
  return { format: 1, startedAt: '2026-01-02T03:04:05.000Z', tree, baseline, machine: on, rows: [result] };
}

const page = 'Before.\n<!-- bench -->\nold\n<!-- /bench -->\nIt is <!-- bench trial ratio -->9<!-- /bench --> times.\n';

describe('a chart', () => {
  test('has a bar for each contender, as long as its median is large, and its range', async () => {
    const [result] = (await makeRun([200, 400, 300])).rows;
    assert.ok(result);
    const svg = drawChart(row, result, 'here and now');
    const bars = [...svg.matchAll(/<rect x="270" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
    assert.equal(bars.length, 2);
    assert.ok(Math.abs((bars[0] ?? 0) / (bars[1] ?? 1) - 3) < 0.01, `${bars}`);
    assert.match(svg, />300 \(200 to 400\)</);
  });

  test('has the goal at that many times the other side', async () => {
    const [result] = (await makeRun([200, 400, 300])).rows;
    assert.ok(result);
    const svg = drawChart(row, result, '');
    const [, goal = ''] = /<path d="M([\d.]+) \d+V[\d.]+" stroke="#18794e"/.exec(svg) ?? [];
    // The goal is 300, and the axis ends at 400.
    assert.ok(Math.abs(Number(goal) - (270 + 340 * 0.75)) < 0.2, goal);
  });

  test('names the other side of the goal', async () => {
    const [result] = (await makeRun([200, 400, 300])).rows;
    assert.ok(result);
    assert.match(drawChart(row, result, ''), />goal: 3 times another &lt;program&gt;</);
    const latency = rows.find(({ name }) => name === 'latency');
    assert.ok(latency);
    const play = (values: Values): Contender => ({ name: 'bare', role: 'limit', run: async () => values });
    const [ours, bare] = [play({ p50: 1, p99: 2, longest: 7 }), play({ p50: 0.5, p99: 1, longest: 3 })];
    const measured = { ...latency, contenders: { ours, bare } };
    const found = await runRow(measured, {} as Bench, { rounds: 2, say: () => undefined });
    const svg = drawChart(measured, found, '');
    assert.match(svg, />goal: 10 times the latency p50, ms of bare</);
    for (const [, x = '', words = ''] of svg.matchAll(
      /<text x="([\d.]+)" y="[\d.]+"(?: font-weight="bold")?>([^<]*)</g,
    ))
      assert.ok(Number(x) + 7 * words.length <= 800, words);
  });

  test('is well-formed whatever the names have in them', async () => {
    const [result] = (await makeRun([undefined, 400])).rows;
    assert.ok(result);
    const svg = drawChart(row, result, 'a < b & "c"');
    assert.ok(svg.includes('another &lt;program&gt;') && svg.includes('a &lt; b &amp; &quot;c&quot;'));
    assert.ok(svg.includes('Trial of frames &amp; more'));
    assert.ok(svg.includes('image-socket: a round could not be measured'));
    const tags = [...svg.matchAll(/<(\/?)(svg|text|title)\b/g)].map(([, slash]) => (slash === '' ? 1 : -1));
    assert.equal(
      tags.reduce((sum, one) => sum + one, 0),
      0,
    );
    assert.ok(!svg.includes('NaN'));
  });
});

describe('the lines of a row', () => {
  test('say the ratio with its range, both medians, and whether the goal is reached', async () => {
    const [result] = (await makeRun([200, 400, 300])).rows;
    assert.ok(result);
    assert.deepEqual(formatRow(result), [
      row.title,
      '  against another: 3.00 (2.00 to 4.00), 300 against 100 frames a second; goal >= 3: reached',
    ]);
  });

  test('say that there is no value', async () => {
    const [result] = (await makeRun([undefined])).rows;
    assert.ok(result);
    assert.match(formatRow(result)[1] ?? '', /^ {2}against another: not measured$/);
  });
});

describe('a run that is kept', () => {
  test('can be read again, with a chart beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'image-socket-test-'));
    try {
      const run = await makeRun([200]);
      await saveRun(folder, run, [row]);
      assert.deepEqual((await readdir(folder)).sort(), ['bench.json', 'trial.svg']);
      assert.deepEqual(await readRun(folder), JSON.parse(JSON.stringify(run)));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('can be read and shown where nothing could be measured', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'image-socket-test-'));
    try {
      await saveRun(folder, await makeRun([undefined]), [row]);
      const filled = fillFigures(page, [row], keepRun([], await readRun(folder)));
      assert.match(filled, /\| >= 3 \| not measured \|/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('fills the table and the marks of a page', async () => {
    const kept = keepRun([], await makeRun([200, 400, 300]));
    const filled = fillFigures(page, [row], kept);
    assert.ok(
      filled.includes(
        '| `trial` | Trial of `frames` & more; against another | >= 3 | 3.00 (2.00 to 4.00), 300 against 100 frames a second; reached | 3 x 1 s, load ',
      ),
    );
    assert.ok(filled.includes('It is <!-- bench trial ratio -->3.00<!-- /bench --> times.'));
    assert.match(filled, /- Machine 1: 2 cores of CPU, 4 GB, Linux 6\.1, Node v24\.\n {2}Measured \d{4}-\d\d-\d\d/);
    assert.equal(fillFigures(filled, [row], kept), filled);
  });

  test('leaves room for the work of each row', () => {
    const about = Array.from({ length: 40 }, () => 'measured').join(' ');
    const text = fillFigures('<!-- bench rows -->\n<!-- /bench rows -->\n', [{ ...row, about }], []);
    const lines = text.split('\n').slice(1, -2);
    assert.ok(lines.every((line) => line.length <= 100) && lines.length === 4, text);
    assert.match(text, /^- `trial`: measured .* measured\n {2}measured/m);
  });

  test('takes the place of the same row of the same machine, and stands beside those of others', async () => {
    const first = keepRun([], await makeRun([200]));
    const second = keepRun(first, await makeRun([500]));
    assert.equal(second.length, 1);
    assert.deepEqual(
      second[0]?.rows.map(({ figures }) => figures[0]?.median),
      [5],
    );
    const other = keepRun(second, await makeRun([700], { ...machine, processor: 'another' }));
    assert.deepEqual(
      other.map(({ rows: [one] }) => one?.figures[0]?.median),
      [5, 7],
    );
    const added = keepRun(second, { ...(await makeRun([1])), rows: [] });
    assert.equal(added[0]?.rows.length, 1);
  });

  test('must have the figure that a sentence quotes', () => {
    assert.throws(() => fillFigures(page, [row], []), /Cannot fill the mark 'bench trial ratio'/);
  });
});

describe('a run for the pages', () => {
  const five = [200, 400, 300, 300, 300];

  test('has five rounds of each figure, on a machine that was idle before', async () => {
    assert.equal(findWeakness(await makeRun(five)), undefined);
    assert.match(findWeakness(await makeRun([200, 400, 300])) ?? '', /'against another' of the row trial has 3 of 5/);
    assert.match(findWeakness(await makeRun([200, 400, undefined, 300, 300])) ?? '', /has 4 of 5 rounds/);
    const busy = { ...machine, loadBefore: 2.1 };
    assert.match(
      findWeakness(await makeRun(five, busy)) ?? '',
      /load before the first row was 2\.1, with 2 processors/,
    );
  });

  test('is marked where a goal is missed', async () => {
    assert.match(fillFigures(page, [row], keepRun([], await makeRun([200]))), /2\.00, .*; missed \| 1 x 1 s, load /);
  });

  test('names the other quantity where a ratio has two', async () => {
    const start = rows.find(({ name }) => name === 'start');
    const play = (values: Values): Contender => ({ name: 'one', role: 'ours', run: async () => values });
    const contenders = { ours: play({ sender: 90 }), before: play({ sender: 180 }), node: play({ node: 45 }) };
    assert.ok(start);
    const result = await runRow({ ...start, contenders }, {} as Bench, { rounds: 1, say: () => undefined });
    const [, help = ''] = formatRow(result);
    assert.match(help, /: 2\.00, 90 \(image-sender --help, ms\) against 45 \(`node -e 0`, ms\); goal <= 2: reached$/);
    assert.match(formatRow(result)[4] ?? '', /: 0\.50, 90 against 180 image-sender --help, ms$/);
  });
});

test('the figures that are kept are those of rows of the bench', () => {
  for (const { rows: measured } of readKept()) {
    for (const { name, figures } of measured) {
      const keys = rows.find((one) => one.name === name)?.figures.map(({ key }) => key) ?? [];
      for (const { key } of figures) assert.ok(keys.includes(key), `${name} ${key}: npm run bench -- ${name}`);
    }
  }
});

test('each row has names, and figures of contenders and quantities that it has', () => {
  const names = rows.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, contenders, quantities, figures } of rows) {
    assert.ok(figures.length > 0, name);
    assert.equal(new Set(figures.map(({ key }) => key)).size, figures.length, name);
    for (const { key, quantity, of, against, againstQuantity = quantity } of figures) {
      for (const one of [of, against]) assert.ok(one === undefined || one in contenders, `${name} ${key}: ${one}`);
      for (const one of [quantity, againstQuantity]) assert.ok(one in quantities, `${name} ${key}: ${one}`);
    }
  }
});
