import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { splitWords } from '../../src/system/split-words.ts';

/** The words as a shell reads them. */
function splitByShell(text: string): string[] {
  const printed = execFileSync('/bin/sh', ['-c', `for word in ${text}; do printf '%s\\0' "$word"; done`]);
  return printed.toString().split('\0').slice(0, -1);
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
const backslash = (word: string) =>
  word === '' ? '""' : [...word].map((char) => (char === '\n' ? "'\n'" : `\\${char}`)).join('');
const doubleQuote = (word: string) => `"${word.replaceAll(/[$`"\\]/g, '\\$&')}"`;
const anyWord = fc.string({
  unit: fc.oneof(fc.constantFrom(...' \t\n\'"\\$`|&;<>()*?~#ab'), fc.string({ minLength: 1 })),
});

describe('splitWords', () => {
  for (const [text, words] of [
    ['', []],
    [' \t ', []],
    ['one', ['one']],
    [' one  two\tthree ', ['one', 'two', 'three']],
    [`a 'b c' "d e" f\\ g`, ['a', 'b c', 'd e', 'f g']],
    [`a'b'"c"d`, ['abcd']],
    [`'' "" x''`, ['', '', 'x']],
    [`'a\\b$c"' "it's \\"\\$5\\" \\a\\\\"`, ['a\\b$c"', 'it\'s "$5" \\a\\']],
    ['one \\\n two "th\\\nree"', ['one', 'two', 'three']],
    ['logger --tag=cam #1 ~ *.jpg', ['logger', '--tag=cam', '#1', '~', '*.jpg']],
  ] as const) {
    test(`reads ${JSON.stringify(text)} as a shell does, but without its expansions`, () => {
      assert.deepEqual(splitWords(text), words);
    });
  }

  for (const [text, fault] of [
    ['echo $IMAGE_SOCKET_NAME', /\$ is for a shell: write it in '' or use --hook-shell$/],
    ['echo "$IMAGE_SOCKET_NAME"', /\$ is for a shell/],
    ['echo "a\\"`date`"', /` is for a shell/],
    ['a | b', /\| is for a shell/],
    ['a > b', /> is for a shell/],
    ['a & ', /& is for a shell/],
    ['a\nb', /a line end is for a shell/],
    ["a 'b", /its last ' is not closed$/],
    ['a "b', /its last " is not closed$/],
    ['a \\', /it ends with a backslash$/],
  ] as const) {
    test(`refuses ${JSON.stringify(text)}, with the reason`, () => {
      assert.throws(() => splitWords(text), { code: 'BAD_OPTION', message: fault });
    });
  }

  test('gives any words back when they are quoted in any of the three ways', () => {
    const anyQuoted = anyWord.chain((word) =>
      fc.constantFrom(quote, backslash, doubleQuote).map((how) => ({ word, text: how(word) })),
    );
    fc.assert(
      fc.property(fc.array(anyQuoted), (parts) => {
        const text = parts.map((part) => part.text).join(' ');
        assert.deepEqual(
          splitWords(text),
          parts.map(({ word }) => word),
        );
      }),
    );
  });

  test('reads whatever it takes as a shell does', () => {
    const anyText = fc.string({ unit: fc.constantFrom(...' \t\n\'"\\$`|ab'), maxLength: 20 });
    let taken = 0;
    fc.assert(
      fc.property(anyText, (text) => {
        let words: string[];
        try {
          words = splitWords(text);
        } catch {
          return;
        }
        taken++;
        assert.deepEqual(words, splitByShell(text));
      }),
      { numRuns: 400 },
    );
    assert.ok(taken > 20, `${taken}`);
  });

  test('takes no time to speak of for a long text that it refuses', () => {
    for (const part of ['"\\', '\\', "'a", '"a$', ' a']) assert.throws(() => splitWords(`${part.repeat(50_000)}$`));
  });
});
