import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { maxAnswerBytes } from '../../../src/protocol/results/answer.ts';
import { AnswerLines } from '../../../src/sinks/detect/answer-lines.ts';

test('AnswerLines gives the same lines wherever the chunks are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.integer({ min: 1, max: 9 })), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll('\n', ' '));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const splitter = new AnswerLines();
      const found: (string | undefined)[] = [];
      let at = 0;
      for (const cut of cuts) {
        found.push(...splitter.add(bytes.subarray(at, at + cut)));
        at += cut;
      }
      found.push(...splitter.add(bytes.subarray(at)));
      assert.deepEqual(
        found,
        lines.map((line) => Buffer.from(line).toString()),
      );
    }),
  );
});

test('AnswerLines keeps no line that is too long, and reads the next one', () => {
  const splitter = new AnswerLines();
  const part = Buffer.alloc(maxAnswerBytes / 4, 'x');
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 400; i++) assert.deepEqual([...splitter.add(part)], []);
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * maxAnswerBytes);
  assert.deepEqual([...splitter.add(Buffer.from('\nok\n'))], [undefined, 'ok']);
});
