import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeCheck, typeHere } from '../../src/doctor/check.ts';
import { formatReport, formatReportAsJson, type Report } from '../../src/doctor/report.ts';
import { quoteWord } from '../../src/system/shell-word.ts';

const report: Report = {
  checks: [
    makeCheck('machine', 'ok', 'Raspberry Pi 4, arm64'),
    makeCheck('clock', 'warning', 'not set by NTP', typeHere('sudo timedatectl set-ntp true')),
    makeCheck('receiver', 'missing', 'nothing listens there', { command: 'image-receiver', on: 'my-pc.local' }),
  ],
  problem: 'receiver',
  camera: { source: 'rpicam', id: '0', name: 'imx708' },
  summary: 'A camera can be sent, but not to that receiver.',
  next: { command: 'image-receiver', on: 'my-pc.local' },
};

describe('report', () => {
  test('has a line a check, what mends it below, and the next command last', () => {
    assert.equal(
      formatReport(report, false),
      [
        'ok       machine   Raspberry Pi 4, arm64',
        'warning  clock     not set by NTP',
        '                   -> sudo timedatectl set-ntp true',
        'missing  receiver  nothing listens there',
        '                   -> on my-pc.local: image-receiver',
        '',
        'A camera can be sent, but not to that receiver. Type this next on my-pc.local:',
        '',
        '    image-receiver',
      ].join('\n'),
    );
  });

  test('has the same text under its colours when it is coloured', () => {
    const colored = formatReport(report, true);
    assert.ok(colored.startsWith('\u001b[32mok       \u001b[39mmachine'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of these.
    assert.equal(colored.replaceAll(/\u001b\[\d+m/g, ''), formatReport(report, false));
  });

  test('breaks texts and never commands when the terminal is narrow', () => {
    const command = `sudo usermod -aG video ${'a'.repeat(80)}`;
    const long = `${'word '.repeat(30)}${'z'.repeat(200)}`;
    const checks = [makeCheck('rights', 'missing', long, typeHere(command))];
    for (const columns of [0, 40, 80, 100, 500]) {
      const lines = formatReport({ ...report, checks, next: typeHere(command) }, false, columns).split('\n');
      const texts = lines.filter((line) => !line.includes('usermod'));
      const limit = Math.min(Math.max(columns, 40), 100);
      assert.ok(
        texts.every((line) => line.length <= limit),
        `${columns} columns`,
      );
      assert.equal(lines.filter((line) => line.endsWith(command)).length, 2);
      assert.equal(texts.join('').match(/z/g)?.length, 200);
    }
  });

  test('is one line of JSON with null for what is not there when a program asks', () => {
    const text = formatReportAsJson({ ...report, problem: undefined, camera: undefined });
    assert.ok(!text.includes('\n'));
    const found = JSON.parse(text);
    assert.deepEqual(Object.keys(found), ['canSend', 'problem', 'camera', 'summary', 'next', 'checks']);
    assert.equal(found.canSend, true);
    assert.equal(found.problem, null);
    assert.equal(found.camera, null);
    assert.deepEqual(found.checks[0], { name: 'machine', state: 'ok', detail: 'Raspberry Pi 4, arm64', fix: null });
    assert.deepEqual(found.checks[1].fix, { command: 'sudo timedatectl set-ntp true', on: null });
    assert.equal(JSON.parse(formatReportAsJson(report)).canSend, false);
  });
});

describe('check', () => {
  test('bears no control character and no endless line when a camera or a host says so', () => {
    const check = makeCheck('camera', 'ok', `a\nb\u001b[2J\u202e${'c'.repeat(10_000)}`, typeHere('rm\nls'));
    assert.ok(check.detail.startsWith('a?b?[2J?ccc'));
    assert.ok(check.detail.length < 500);
    assert.equal(check.fix?.command, 'rm?ls');
  });

  test('quotes the words of a command that a shell would take apart', () => {
    assert.equal(quoteWord('my-pc.local'), 'my-pc.local');
    assert.equal(quoteWord('sha256:0f3a'), 'sha256:0f3a');
    assert.equal(quoteWord(''), "''");
    assert.equal(quoteWord("it's $HOME"), "'it'\\''s $HOME'");
  });
});
