import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeSpecifiers, quoteArgument, quotePath, quoteProgram } from '../../src/service/quoting.ts';
import { readCommandLines } from '../support/systemd.ts';
import { readWords } from '../support/systemd-words.ts';

/** Any argument, with many of the characters that mean something to systemd. */
const argument = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', "'", '\\', '%', '$', '{', '}', ' ', ';', '#', ':', '-', '@', '!', '+', '|', 'n', 'x41'),
    fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme-ascii' }),
    fc.constantFrom('ü', '€', '\u{1f4f7}'),
  ),
  minLength: 1,
  maxLength: 12,
});

test('quoteArgument gives words that are read as what they were, whatever is in them', () => {
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 5 }), (words) => {
      assert.deepEqual(readWords(words.map(quoteArgument).join(' ')), words);
    }),
  );
});

test('quoteArgument leaves words alone that mean themselves', () => {
  for (const word of ['camera', '--host=my-pc.local', '--size=1280x720', '/dev/video0', 'pi@home:80', '[::1]']) {
    assert.equal(quoteArgument(word), word);
  }
});

test('systemd itself reads the words as they were, whatever is in them', async () => {
  const samples = fc.sample(fc.array(argument, { minLength: 1, maxLength: 5 }), { numRuns: 60, seed: 4 });
  const lines = samples.map((words) => ['/bin/true', ...words.map(quoteArgument)].join(' '));
  const doubled = samples.map((words) => words.map((word) => word.replaceAll('$', () => '$$')));
  assert.deepEqual(
    await readCommandLines(lines),
    doubled.map((words) => ['/bin/true', ...words]),
  );
});

test('systemd itself reads the path of a program as it was, whatever is in it', async () => {
  const names = fc.sample(argument, { numRuns: 30, seed: 5 }).map((name) => name.replaceAll(/["'\\/]/g, ''));
  const paths = names.map((name) => `/opt/${name}-x`);
  const read = await readCommandLines(paths.map(quoteProgram));
  assert.deepEqual(
    read.map(([program]) => program),
    paths,
  );
});

test('quoteProgram refuses a path that systemd would not take', () => {
  for (const path of ['/opt/"a"/b', "/opt/a's/b", '/opt/a\\b']) {
    assert.throws(() => quoteProgram(path), {
      code: 'BAD_OPTION',
      message: /copy the program to a folder such as \/opt$/,
    });
  }
});

test('nothing is quoted that cannot stand in a line of a unit', () => {
  for (const text of ['a\nb', 'a\rb', 'a\0b', 'a\u001b[2J', 'a\u0085b', 'a\ud800b']) {
    for (const quote of [quoteArgument, quotePath, escapeSpecifiers]) {
      assert.throws(() => quote(text), {
        code: 'BAD_OPTION',
        message: /^Cannot make a service with a control character/,
      });
    }
  }
});
