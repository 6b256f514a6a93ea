import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineWriter } from '../../../src/sinks/lines/line-writer.ts';
import { TrialPipe } from '../../support/pipe.ts';

const line = 'x'.repeat(200);

test('LineWriter has room for a few lines of each sender when one of them brings more than its reader takes', async () => {
  await using pipe = await TrialPipe.open();
  const writer = new LineWriter(pipe.descriptor, new AbortController().signal, () => undefined);
  const [flood, good] = [{}, {}];
  // The first ones go to the pipe itself, until that is full.
  for (let i = 0; i < 2000 && !writer.isBehind(flood); i++) {
    await new Promise((resolve) => setImmediate(resolve));
    for (let j = 0; j < 100; j++) void writer.write(line, flood);
  }
  assert.equal(writer.isBehind(flood), true);
  let lines = 0;
  for (; lines < 100 && !writer.isBehind(good); lines++) void writer.write(line, good);
  assert.equal(lines, 16);
  // Senders without end have no room without end.
  let others = 0;
  for (let sender = {}; others < 10_000 && !writer.isBehind(sender); sender = {}, others++)
    void writer.write(line, sender);
  assert.ok(others > 100 && others < 2000, `${others} lines of as many senders`);
});
