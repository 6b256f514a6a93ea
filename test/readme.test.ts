import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { exitCodes } from '../src/cli/exit-codes.ts';
import { receiverCommandLine } from '../src/cli/receiver/options.ts';
import { senderCommandLine } from '../src/cli/sender/commands.ts';
import type { CommandLine } from '../src/options/command-line.ts';
import { errorCodes } from '../src/protocol/errors.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

/** The first cells of the rows of all tables between that heading and the next. */
function readFirstCells(heading: string): string[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| (?!option|-)(.*?) \|/gm)].map((match) => match[1] ?? '');
}

/** The long names of a program's options. */
function listOptions({ options }: CommandLine): string[] {
  return [...Object.keys(options), 'config', 'version', 'help'].sort();
}

describe('README', () => {
  for (const [program, commandLine] of [
    ['image-sender', senderCommandLine],
    ['image-receiver', receiverCommandLine],
  ] as const) {
    test(`lists the options of ${program} when they change`, () => {
      const listed = readFirstCells(`All options of ${program}`).flatMap((cell) =>
        [...cell.matchAll(/--([-a-z]+)/g)].map((match) => match[1]),
      );
      assert.deepEqual(listed.sort(), listOptions(commandLine));
    });

    test(`gives the usual values of ${program} when they change`, () => {
      for (const [name, option] of Object.entries(commandLine.options)) {
        const { default: defaultValue } = option as { default?: unknown };
        if (typeof defaultValue !== 'string') continue;
        assert.match(readme, new RegExp(`\\| \`--${name}\` \\|[^|]*\\| \`${defaultValue}\` \\|`), name);
      }
    });
  }

  test('shows the worker in Python as it is tested when that changes', async () => {
    const worker = await readFile(new URL('support/python/worker.py', import.meta.url), 'utf8');
    const block = worker.trimEnd().replaceAll(/^(?=.)/gm, '    ');
    assert.ok(readme.includes(`\n${block}\n`), 'README.md lacks the text of worker.py, each line behind four spaces');
  });

  test('lists the exit codes with their meanings when they change', () => {
    for (const [code, meaning] of Object.entries(exitCodes))
      assert.ok(readme.includes(`| ${code} | ${meaning} |`), code);
  });

  test('lists the error codes with their meanings when they change', () => {
    const rows = [...readme.matchAll(/^\| `([A-Z0-9_]+)` \| (.*) \|$/gm)].map((match) => [match[1], match[2]]);
    assert.deepEqual(Object.fromEntries(rows), errorCodes);
  });
});
