import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCommandLine } from '../../src/options/command-line.ts';
import type { Command, CommandLine } from '../../src/options/commands.ts';
import type { Option } from '../../src/options/option.ts';

const pause: Option = { describe: 'Pause between two', read: Number };

function command(name: string, without: string, more = ''): Command {
  const row: Option = { ...pause, describe: `${pause.describe}${more}`, without };
  return { command: name, describe: `Do ${name}`, examples: [], options: { pause: row } };
}

const commandLine: CommandLine = {
  program: 'trial',
  environment: 'TRIAL_OF_HELP',
  summary: 'Tries out the help.',
  topics: {},
  commands: [command('walk', '`95`'), command('run', '`20`', ', in ms'), command('rest', '`95`')],
  examples: [],
  exitCodes: {},
  service: { memoryBytes: () => 0, watchdog: '' },
};

async function readHelp(...words: string[]): Promise<string> {
  const parsed = await parseCommandLine(commandLine, [...words, '--help']);
  assert.ok('text' in parsed);
  return parsed.text;
}

describe('the help', () => {
  test('of a command says what that command does without an option', async () => {
    assert.match(await readHelp('walk'), /Pause between two \(95\)/);
    assert.match(await readHelp('run'), /Pause between two, in ms \(20\)/);
    assert.match(await readHelp('rest'), /Pause between two \(95\)/);
  });

  test('of all commands says which of them does something else without it', async () => {
    assert.match(await readHelp(), /Pause between two, in ms \(95; run 20\)/);
  });
});
