import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { parseCommandLine } from '../../src/options/command-line.ts';
import type { CommandLine } from '../../src/options/commands.ts';
import { makeFolder } from '../e2e/suite.ts';

const advice = 'lists all options$';

async function assertFault(commandLine: CommandLine, words: readonly string[], start: string, end = advice) {
  await assert.rejects(parseCommandLine(commandLine, words), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'BAD_OPTION');
    assert.ok(error.message.startsWith(start), error.message);
    assert.match(error.message, new RegExp(end));
    assert.doesNotMatch(error.message, /\n|[Aa]rgument/);
    return true;
  });
}

describe('a wrong command line gets one line that says what to type when', () => {
  const commands = 'camera, rpicam, pipe, video, folder, pattern, join, doctor';
  const faults: [what: string, commandLine: CommandLine, words: string[], start: string, end?: string][] = [
    [
      'the last option has no value',
      receiverCommandLine,
      ['--web'],
      'Cannot use --web without a value: type --web VALUE (',
    ],
    ['an option stands in place of a value', receiverCommandLine, ['--web', '--port', '0'], 'Cannot use --web without'],
    ['--config has no value', receiverCommandLine, ['--config'], 'Cannot use --config without a value: type --config'],
    [
      'an option is unknown',
      receiverCommandLine,
      ['--nonsense'],
      "Cannot start as there is no option '--nonsense' (on",
    ],
    [
      'a letter is unknown',
      receiverCommandLine,
      ['-x'],
      "Cannot start as there is no option '-x' (on the command line)",
    ],
    [
      'two options are unknown',
      receiverCommandLine,
      ['--a', '--b'],
      "Cannot start as there is no option '--a' (on the",
    ],
    [
      'a name has a dot',
      receiverCommandLine,
      ['--port.xyz', '3'],
      "Cannot start as there is no option '--port.xyz' (on",
    ],
    [
      'a name is one of every object',
      receiverCommandLine,
      ['--constructor'],
      "Cannot start as there is no option '--c",
    ],
    [
      'service is not the first word',
      receiverCommandLine,
      ['--port', '9', 'service'],
      "Cannot start as 'service' goes before all other words: image-receiver service",
      '\\.\\.\\.$',
    ],
    ['no- is before no switch', receiverCommandLine, ['--no-web'], "Cannot start as there is no option '--no-web' (on"],
    [
      'a switch has a value',
      receiverCommandLine,
      ['--json=1'],
      'Cannot use --json as it must be true or false',
      "'1'$",
    ],
    [
      'a word is no command',
      receiverCommandLine,
      ['extra'],
      "Cannot start as a command must be one of invite, cameras, forget: it is 'extra'",
    ],
    [
      'a word of a command is too many',
      senderCommandLine,
      ['video', 'a', 'b'],
      "Cannot start as no option takes the word 'b'",
    ],
    [
      'the command is missing',
      senderCommandLine,
      [],
      `Cannot start without a command: it must be one of ${commands}. `,
    ],
    [
      'only an option is there',
      senderCommandLine,
      ['--name', 'a'],
      'Cannot start without a command: it must be one of',
    ],
    [
      'the command is unknown',
      senderCommandLine,
      ['cinema'],
      `Cannot start as the command must be one of ${commands}: it`,
    ],
    [
      'the command is mistyped',
      senderCommandLine,
      ['vidoe'],
      "Cannot start as the command must be one of camera, rpicam, pipe, video, folder, pattern, join, doctor: it is 'vidoe'",
      'Did you mean video\\?$',
    ],
    [
      'an option is mistyped',
      senderCommandLine,
      ['pattern', '--hots', 'pc'],
      "Cannot start as there is no option '--hots' (on",
      'Did you mean --host\\?$',
    ],
    [
      'an option of rpicam-vid is not behind --',
      senderCommandLine,
      ['rpicam', '--hdr'],
      'Cannot start as',
      '--hflip`$',
    ],
  ];
  for (const [what, commandLine, words, start, end] of faults) {
    test(what, () => assertFault(commandLine, words, start, end));
  }
});

test('a wrong configuration file gets one line with its name', async () => {
  await using folder = await makeFolder();
  const faults: [text: string, start: string][] = [
    ['{"constructor": 1}', 'there is no option "constructor"'],
    ['{"port": {"x": 1}}', '"port" must be a text or a number: it is {"x":1}'],
    ['{"json": 1}', '"json" must be true or false: it is 1'],
    ['{"port": false}', '"port" must be a text or a number: it is false'],
    ['{"save": true}', '"save" must be a text or a number: it is true'],
    ['{"config": "other.json"}', '"config" is for the command line and the environment'],
  ];
  for (const [index, [text, start]] of faults.entries()) {
    const path = join(folder.path, `${index}.json`);
    await writeFile(path, text);
    await assertFault(receiverCommandLine, ['--config', path], `Cannot read the configuration ${path}: ${start}`);
  }
});

test('a configuration file leaves out an option that is false or null there', async () => {
  await using folder = await makeFolder();
  const path = join(folder.path, 'a.json');
  await writeFile(path, '{"save": false, "web": null, "record": null, "json": false}');
  const parsed = await parseCommandLine(receiverCommandLine, ['--config', path, '--record', 'b']);
  assert.ok('options' in parsed);
  const { save, web, record, json } = parsed.options;
  assert.deepEqual({ save, web, record, json }, { save: undefined, web: undefined, record: 'b', json: false });
});

test('switches, their negation and words behind -- are read as before', async () => {
  const words = ['rpicam', '--no-tls', '--host', 'pc', '--', '--web', '--constructor'];
  const parsed = await parseCommandLine(senderCommandLine, words);
  assert.ok('options' in parsed);
  assert.deepEqual([parsed.options['tls'], parsed.options['host']], [false, 'pc']);
  assert.deepEqual(parsed.passedOn, ['--web', '--constructor']);
});
