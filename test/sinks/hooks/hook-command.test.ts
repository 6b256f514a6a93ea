import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readHookCommand } from '../../../src/sinks/hooks/hook-command.ts';

describe('readHookCommand', () => {
  test('finds the program in the search path, and takes the words as they are', async () => {
    const { path, args } = await readHookCommand(`env A=1 'two words'`, false);
    assert.match(path, /^\/.*\/env$/);
    assert.deepEqual(args, ['A=1', 'two words']);
  });

  test('takes a program with its path as it is', async () => {
    assert.deepEqual(await readHookCommand('/bin/true', false), { path: '/bin/true', args: [] });
  });

  test('gives the whole text to a shell where one is asked for', async () => {
    const text = 'echo "$IMAGE_SOCKET_NAME" | logger; true';
    assert.deepEqual(await readHookCommand(text, true), { path: '/bin/sh', args: ['-c', text] });
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
      await assert.rejects(readHookCommand(text, false), { code: 'BAD_OPTION', message: fault });
    });
  }
});
