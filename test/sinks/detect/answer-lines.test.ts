import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { maxAnswerBytes } from '../../../src/protocol/results/answer.ts';
import { AnswerLines } from '../../../src/sinks/detect/answer-lines.ts';

/** All lines of a chunk; undefined stands for one that is too long. */
function split(lines: AnswerLines, chunk: Uint8Array): (string | undefined)[] {
  lines.add(chunk);
  const found: (string | undefined)[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next())
    found.push(typeof line === 'string' ? line : undefined);
  return found;
}

test('AnswerLines gives the same lines wherever the chunks are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.integer({ min: 1, max: 9 })), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll('\n', ' '));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const splitter = new AnswerLines();
      const found: (string | undefined)[] = [];
      let at = 0;
      for (const cut of cuts) {
        found.push(...split(splitter, bytes.subarray(at, at + cut)));
        at += cut;
      }
      found.push(...split(splitter, bytes.subarray(at)));
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
  for (let i = 0; i < 400; i++) assert.deepEqual(split(splitter, part), []);
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * maxAnswerBytes);
  assert.deepEqual(split(splitter, Buffer.from('\nok\n')), [undefined, 'ok']);
});
