import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { listOptions, listOptionsOf } from '../../src/options/commands.ts';
import type { Option, Options } from '../../src/options/option.ts';
import { checkRelations, readOptions } from '../../src/options/read-options.ts';
import { flag, text } from '../../src/options/readers.ts';

/** The options of each command by their names, once for each of the programs. */
const all: [where: string, name: string, option: Option][] = [
  ...senderCommandLine.commands.map(({ command }) => ['sender', listOptionsOf(senderCommandLine, command)] as const),
  ['receiver', listOptions(receiverCommandLine)] as const,
].flatMap(([where, options]) =>
  Object.entries(options).map(([name, option]): [string, string, Option] => [where, name, option]),
);

describe('each option', () => {
  test('has a default that it reads itself', () => {
    for (const [where, name, option] of all) {
      if (option.default === undefined) continue;
      assert.notEqual(option.read(option.default, name), undefined, `${where} --${name}`);
    }
  });

  test('names options that there are as those that it needs, or does not go with', () => {
    const known = new Set(all.map(([, name]) => name));
    for (const [where, name, { needs = [], notWith = {} }] of all) {
      const unless = Object.values(notWith).flatMap((found) => (typeof found === 'string' ? [] : (found.unless ?? [])));
      for (const other of [[needs].flat(), Object.keys(notWith), unless].flat(2))
        assert.ok(known.has(other), `${where} --${name}: there is no --${other}`);
    }
  });

  test('refuses what it does not read with BAD_OPTION, its name and no more of the value than a line', () => {
    const typed = fc.string({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.constantFrom(...all), typed, ([, name, { read, holds }], value) => {
        // A file by that name may be there.
        if (holds === 'secret' || holds === 'trust') return;
        try {
          read(value, name);
        } catch (error) {
          const { code, message } = error as { code?: string; message: string };
          assert.equal(code, 'BAD_OPTION', `--${name}: ${message}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

const row = (more: Partial<Option> = {}): Option => ({ group: 'Here:', describe: 'It is here', read: text, ...more });
const on = { default: 'false', read: flag };

describe('readOptions', () => {
  test('takes a name alone where the option has a value for that, and else refuses it', () => {
    const options = { a: row({ alone: 'first' }), b: row() };
    const read = (raw: Record<string, unknown>) => readOptions(options, raw).a;
    assert.deepEqual([read({ a: '' }), read({ a: 'x' }), read({})], ['first', 'x', undefined]);
    assert.throws(() => read({ b: '' }), {
      code: 'BAD_OPTION',
      message: "Cannot use --b as it must be given a value: it is ''",
    });
  });
});

describe('checkRelations', () => {
  const cases: [what: string, options: Options, raw: Record<string, unknown>, message: string | undefined][] = [
    ['one that is needed is missing', { a: row({ needs: 'b' }), b: row() }, { a: '1' }, 'Cannot use --a without --b'],
    ['one that is needed is there', { a: row({ needs: 'b' }), b: row() }, { a: '1', b: '1' }, undefined],
    ['it has its default', { a: row({ needs: 'b', default: '1' }), b: row() }, { a: 1 }, undefined],
    ['a switch is off', { a: row({ needs: 'b', ...on }), b: row() }, { a: false }, undefined],
    [
      'none of some is there',
      { a: row({ needs: [['b', 'c', 'd']] }), b: row(), c: row(), d: row(on) },
      { a: '1', d: false },
      'Cannot use --a without --b, --c or --d',
    ],
    [
      'one of two needs is missing',
      { a: row({ needs: ['b', ['c', 'd']] }), b: row(), c: row(), d: row() },
      { a: '1', d: '1' },
      'Cannot use --a without --b',
    ],
    ['the program has no such option', { a: row({ needs: [['b', 'c']] }) }, { a: '1' }, undefined],
    [
      'it is beside one that it does not go with',
      { a: row({ notWith: { b: 'as it is so' } }), b: row() },
      { a: '1', b: '1' },
      'Cannot use --a with --b, as it is so',
    ],
    [
      'the other has the one value that it does not go with',
      { a: row({ notWith: { b: { is: '2', why: 'as it is so' } } }), b: row() },
      { a: '1', b: 2 },
      'Cannot use --a with --b 2, as it is so',
    ],
    [
      'the other has another value',
      { a: row({ notWith: { b: { is: '2', why: 'as it is so' } } }), b: row() },
      { a: '1', b: '3' },
      undefined,
    ],
    [
      'it has the one value that does not go',
      { a: row({ notWith: { b: { when: '1', unless: ['c'], why: 'as it is so' } } }), b: row(), c: row() },
      { a: '1', b: '1' },
      'Cannot use --a 1 with --b without --c, as it is so',
    ],
    [
      'an exception is given',
      { a: row({ notWith: { b: { when: '1', unless: ['c'], why: 'as it is so' } } }), b: row(), c: row() },
      { a: '1', b: '1', c: '1' },
      undefined,
    ],
  ];
  for (const [what, options, raw, message] of cases) {
    test(`${message === undefined ? 'takes' : 'refuses'} an option when ${what}`, () => {
      if (message === undefined) checkRelations(options, raw);
      else assert.throws(() => checkRelations(options, raw), { code: 'BAD_OPTION', message });
    });
  }
});

test('a positional of many texts is a list, and may be required', () => {
  const options = {
    paths: { ...row({ positional: true }), many: true, read: text, required: 'Cannot go: give one' },
  } as const;
  assert.deepEqual(readOptions(options, { paths: ['a', 'b'] }).paths, ['a', 'b']);
  assert.deepEqual(readOptions(options, { paths: 'a' }).paths, ['a']);
  for (const raw of [{}, { paths: [] }]) {
    assert.throws(() => readOptions(options, raw), { code: 'BAD_OPTION', message: 'Cannot go: give one' });
  }
});

test('a name that is no option does not compile', () => {
  const values = readOptions({ 'save-every': row() }, { 'save-every': '10f' });
  // @ts-expect-error: it is save-every
  assert.equal(values['save-evry'], undefined);
});
