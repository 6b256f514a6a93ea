import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readChildCommand } from '../../src/system/child-command.ts';

describe('readChildCommand', () => {
  test('finds the program in the search path, and takes the words as they are', async () => {
    const { path, args } = await readChildCommand(`env A=1 'two words'`, false);
    assert.match(path, /^\/.*\/env$/);
    assert.deepEqual(args, ['A=1', 'two words']);
  });

  test('takes a program with its path as it is', async () => {
    assert.deepEqual(await readChildCommand('/bin/true', false), { path: '/bin/true', args: [] });
  });

  test('gives the whole text to a shell where one is asked for', async () => {
    const text = 'echo "$IMAGE_SOCKET_NAME" | logger; true';
    assert.deepEqual(await readChildCommand(text, true), { path: '/bin/sh', args: ['-c', text] });
  });

  for (const [text, fault] of [
    ['', /names no program$/],
    ["''", /names no program$/],
    ['no-such-program-anywhere -x', /no program no-such-program-anywhere in the search path \(PATH\)$/],
    ['/nowhere/program', /\/nowhere\/program cannot be run: there is no such file or folder \(ENOENT\)$/],
    ['/etc/passwd', /\/etc\/passwd cannot be run: permission denied \(EACCES\)$/],
    ['true | false', /\| is for a shell/],
  ] as const) {
    test(`refuses ${JSON.stringify(text)}, with the reason`, async () => {
      await assert.rejects(readChildCommand(text, false), { code: 'BAD_OPTION', message: fault });
    });
  }
});
