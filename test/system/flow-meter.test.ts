import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowMeter, WorkMeter } from '../../src/system/flow-meter.ts';

test('FlowMeter says that nothing flows when something was asked for and nothing came since it was asked last', () => {
  let firsts = 0;
  const meter = new FlowMeter(() => firsts++);
  meter.ask();
  assert.deepEqual([meter.isFlowing(), meter.isFlowing(), firsts], [false, false, 0]);
  meter.pass();
  assert.deepEqual([meter.isFlowing(), firsts, meter.count], [true, 1, 1]);
  meter.ask();
  assert.equal(meter.isFlowing(), false);
  meter.pass();
  meter.ask();
  // One has come, and the next is not there yet.
  assert.deepEqual([meter.isFlowing(), meter.isFlowing(), firsts, meter.count], [true, false, 1, 2]);
});

test('FlowMeter says that all flows when nothing is asked for', () => {
  const meter = new FlowMeter();
  assert.equal(meter.isFlowing(), true);
  meter.ask();
  meter.pass();
  // The reader has what it asked for, and is busy.
  assert.deepEqual([meter.isFlowing(), meter.isFlowing()], [true, true]);
});

test('FlowMeter says that all flows when the source has ended', () => {
  const meter = new FlowMeter();
  meter.ask();
  meter.end();
  assert.equal(meter.isFlowing(), true);
});

test('WorkMeter says that nothing flows when work has begun and none has ended since it was asked last', async () => {
  const meter = new WorkMeter();
  assert.equal(meter.isFlowing(), true);
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = meter.run(() => promise);
  assert.deepEqual([meter.isFlowing(), meter.isFlowing()], [false, false]);
  await assert.rejects(
    meter.run(async () => {
      throw new Error('disk full');
    }),
    /disk full/,
  );
  // A failure is an end too: the disk answers.
  assert.deepEqual([meter.isFlowing(), meter.isFlowing()], [true, false]);
  resolve();
  await work;
  assert.deepEqual([meter.isFlowing(), meter.isFlowing()], [true, true]);
});
