import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClockHistory } from '../../src/system/clock-history.ts';

const minute = 60_000;

function open(startMs: number) {
  let [wallMs, steadyMs] = [startMs, 5000];
  const history = new ClockHistory({ readWallMs: () => wallMs, readSteadyMs: () => steadyMs });
  const pass = (ms: number) => {
    wallMs += ms;
    steadyMs += ms;
    return history.look();
  };
  const set = (ms: number) => {
    wallMs += ms;
    return history.look();
  };
  return { history, pass, set };
}

describe('ClockHistory', () => {
  test('tells by how much the clock was set, and not that it was kept in step', () => {
    const { history, pass, set } = open(0);
    assert.deepEqual([pass(10 * minute), set(500), pass(1000), set(-500)], [0, 0, 0, 0]);
    assert.equal(history.steadyMs, 10 * minute + 1000);
    assert.equal(set(90 * minute), 90 * minute);
    assert.deepEqual([history.steadyMs, history.hasSpans], [0, true]);
    pass(minute);
    assert.equal(history.steadyMs, minute);
    assert.equal(set(-2 * minute), -2 * minute);
  });

  test('corrects what was of a time before the clock was set, and nothing else', () => {
    const { history, pass, set } = open(1000 * minute);
    pass(10 * minute);
    set(5000 * minute);
    pass(3 * minute);
    assert.equal(history.correct(1000 * minute), 6000 * minute);
    assert.equal(history.correct(1010 * minute), 6010 * minute);
    for (const other of [999, 1011, 6011]) assert.equal(history.correct(other * minute), undefined);
    assert.equal(history.startedAtMs, 6000 * minute);
    set(-1000 * minute);
    assert.equal(history.correct(1004 * minute), 5004 * minute);
    assert.equal(history.correct(6011 * minute), 5011 * minute);
    history.forget();
    assert.equal(history.correct(1004 * minute), undefined);
  });

  test('corrects nothing when the clock is as it was', () => {
    const { history, pass, set } = open(1000 * minute);
    pass(10 * minute);
    set(5000 * minute);
    set(-5000 * minute);
    pass(1);
    assert.equal(history.correct(1004 * minute), undefined);
  });
});
