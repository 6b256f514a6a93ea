import assert from 'node:assert/strict';
import { describe, type MockTracker, test } from 'node:test';
import { AcknowledgementWatch } from '../../src/delivery/acknowledgement-watch.ts';
import { LimitedLog } from '../../src/system/limited-log.ts';
import { LineLog } from '../support/trial-log.ts';

/** A watch whose time goes by when the test says so. */
function open(mock: MockTracker) {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const log = new LineLog();
  const { lines } = log;
  const state = { waiting: 0, isHeard: true, isOverdue: false };
  const watch = new AcknowledgementWatch(
    {
      receiver: 'pc:8080',
      waiting: () => state.waiting,
      isHeard: () => state.isHeard,
      changed: (isOverdue) => {
        state.isOverdue = isOverdue;
      },
    },
    new LimitedLog(log),
  );
  const pass = (seconds: number) => {
    for (let i = 0; i < seconds; i++) mock.timers.tick(1000);
  };
  return { watch, lines, state, pass };
}

describe('AcknowledgementWatch', () => {
  test('tells after five seconds that no answer comes, and then each time twice as much has passed', ({ mock }) => {
    const { watch, lines, state, pass } = open(mock);
    state.waiting = 3;
    watch.begin();
    pass(4);
    assert.deepEqual([lines, state.isOverdue, watch.reason], [[], false, undefined]);
    pass(76);
    assert.deepEqual(
      lines.map((line) => /for (\d+) s: .* 3 frames wait$/.exec(line)?.[1]),
      ['5', '10', '20', '40', '80'],
    );
    assert.equal(state.isOverdue, true);
    assert.match(watch.reason ?? '', /^pc:8080 has acknowledged no frame for 80 s: it is alive: .* see its log$/);
  });

  test('tells that nothing is heard either where that is so', ({ mock }) => {
    const { watch, lines, state, pass } = open(mock);
    Object.assign(state, { waiting: 1, isHeard: false });
    watch.begin();
    pass(5);
    assert.match(lines.join(), /it sends nothing at all: it may be stopped, .*; 1 frame waits$/);
  });

  test('tells once that answers come again, and begins anew', ({ mock }) => {
    const { watch, lines, state, pass } = open(mock);
    state.waiting = 2;
    watch.begin();
    pass(7);
    for (let i = 0; i < 3; i++) watch.answer();
    assert.deepEqual(lines.slice(1), ['pc:8080 answers again after 7 s']);
    assert.deepEqual([state.isOverdue, watch.reason], [false, undefined]);
    pass(5);
    assert.match(lines[2] ?? '', /for 5 s: /);
  });

  test('counts no time in which no answer is waited for, nor in which there is no connection', ({ mock }) => {
    const { watch, lines, state, pass } = open(mock);
    watch.begin();
    pass(60);
    state.waiting = 1;
    pass(3);
    watch.stop();
    pass(60);
    assert.deepEqual(lines, []);
    watch.begin();
    pass(2);
    assert.match(lines.join(), /for 5 s: /);
  });
});
