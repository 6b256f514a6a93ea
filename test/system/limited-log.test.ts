import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { LimitedLog } from '../../src/system/limited-log.ts';
import { LineLog } from '../support/trial-log.ts';

function makeLog(): { lines: string[]; log: LimitedLog } {
  const inner = new LineLog();
  return { lines: inner.lines, log: new LimitedLog(inner) };
}

test('LimitedLog passes ten lines of a kind in a second and then tells how many more there were', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { lines, log } = makeLog();
    for (let i = 1; i <= 500; i++) log.warn('BAD_LENGTH', `line ${i}`);
    assert.equal(lines.length, 10);
    mock.timers.tick(1000);
    assert.deepEqual(lines.slice(9), ['line 10', 'line 500 (and 489 more like it)']);
    log.warn('BAD_LENGTH', 'later');
    assert.equal(lines.at(-1), 'later');
  } finally {
    mock.timers.reset();
  }
});

test('LimitedLog passes a line at once when only other kinds are many', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { lines, log } = makeLog();
    for (let i = 1; i <= 50; i++) log.warn('many', `line ${i}`);
    log.info('few', 'important');
    assert.equal(lines.at(-1), 'important');
  } finally {
    mock.timers.reset();
  }
});

test('LimitedLog passes a line of one host at once when another host causes many of the same kind', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { lines, log } = makeLog();
    for (let i = 1; i <= 50; i++) log.warn('leave', `line ${i}`, '192.0.2.1');
    log.warn('leave', 'the camera', '192.0.2.2');
    assert.equal(lines.length, 11);
    assert.equal(lines.at(-1), 'the camera');
  } finally {
    mock.timers.reset();
  }
});

test('LimitedLog passes a bounded number of lines when lines come from any number of hosts', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { lines, log } = makeLog();
    for (let i = 1; i <= 5000; i++) for (let n = 0; n < 20; n++) log.warn('leave', `line ${n}`, `host-${i}`);
    assert.equal(lines.length, 10 * 10 + 10);
    mock.timers.tick(1000);
    assert.match(lines.at(-1) ?? '', /^line 19 \(and 99789 more like it\)$/);
    lines.length = 0;
    log.info('arrive', 'another kind', 'host-1');
    log.warn('leave', 'later', 'host-9000');
    assert.deepEqual(lines, ['another kind', 'later']);
  } finally {
    mock.timers.reset();
  }
});

test('LimitedLog passes a line of one kind at once when lines of another come from any number of hosts', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { lines, log } = makeLog();
    for (let i = 1; i <= 5000; i++) log.warn('BAD_REQUEST', 'garbage', `host-${i}`);
    log.info('leave', 'the camera', '192.0.2.2');
    assert.equal(lines.at(-1), 'the camera');
  } finally {
    mock.timers.reset();
  }
});
