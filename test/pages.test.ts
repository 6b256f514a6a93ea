import assert from 'node:assert/strict';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../scripts/native/project.ts';
import { exitCodes, findExitCode } from '../src/cli/exit-codes.ts';
import { receiverCommandLine } from '../src/cli/receiver/options.ts';
import { senderCommandLine } from '../src/cli/sender/commands.ts';
import { CodedError, type ErrorCode, errorCodes } from '../src/errors.ts';
import { parseCommandLine } from '../src/options/command-line.ts';
import { checkRun, listOptions } from '../src/options/commands.ts';
import { flag } from '../src/options/readers.ts';
import { documentedNames } from './support/documented-names.ts';
import { readCommands } from './support/page-commands.ts';
import { hasBlock, readAnchors, readLines, readLinks, readPages, readRows } from './support/pages.ts';

const pages = await readPages();
const programs = [senderCommandLine, receiverCommandLine];

function findPage(path: string) {
  const page = pages.find((one) => one.path === path);
  assert.ok(page, path);
  return page;
}

/** The rows of the tables that are marked as those of a program's options. */
function readOptionRows(program: string): string[][] {
  const marked = /^<!-- options: (\S+).*? -->\n(.*?)^<!-- \/options -->$/gms;
  return pages.flatMap(({ path, text }) =>
    [...text.matchAll(marked)]
      .filter(([, name]) => name === program)
      .flatMap(([, , table = '']) => readRows({ path, text: table }).slice(1)),
  );
}

describe('the pages', () => {
  for (const commandLine of programs) {
    const { program } = commandLine;
    const options = Object.entries(listOptions(commandLine)).filter(([, { positional }]) => !positional);
    test(`tell each option of ${program} in a table`, () => {
      const told = readOptionRows(program).flatMap(([cell = '']) =>
        [...cell.matchAll(/--([-a-z]+)/g)].map((match) => match[1]),
      );
      const names = options.map(([name]) => name);
      assert.deepEqual([...new Set(told)].sort(), names.sort());
    });

    test(`tell the defaults of ${program}`, () => {
      const rows = new Map(readOptionRows(program).map(([cell = '', , value]) => [cell, value]));
      for (const [name, { default: value, read }] of options) {
        if (value !== undefined && read !== flag) assert.equal(rows.get(`\`--${name}\``), `\`${value}\``, name);
      }
    });
  }

  test('tell the options of both programs', () => {
    for (const name of ['config', 'version', 'help'])
      assert.match(findPage('src/options/README.md').text, new RegExp(`^\\| \`--${name}\``, 'm'));
  });

  test('tell the limits of unauthorized clients with their defaults', () => {
    const rows = readRows(findPage('.github/SECURITY.md'));
    for (const name of ['max-senders', 'max-per-address', 'max-frame', 'max-size', 'header-timeout', 'idle-timeout']) {
      const { default: value } = listOptions(receiverCommandLine)[name] ?? {};
      const told = rows.find(([limit]) => limit?.includes(`\`--${name}\``))?.[1] ?? '';
      assert.match(told, new RegExp(`^${String(value).replace(/(?<=\d)(?=[a-zA-Z]$)/, ' ')}`), name);
    }
  });

  test('tell each exit code with its meaning', () => {
    const rows = new Map(readRows(findPage('README.md')).map(([code, meaning]) => [code, meaning]));
    for (const [code, meaning] of Object.entries(exitCodes)) assert.equal(rows.get(code), meaning, code);
  });

  test('tell each error code with its meaning, and no other', () => {
    const rows = readRows(findPage('src/protocol/errors.md')).slice(1);
    assert.deepEqual(Object.fromEntries(rows.map(([code = '', meaning]) => [code.slice(1, -1), meaning])), errorCodes);
    for (const [code = '', , exitCode] of rows) {
      const error = new CodedError(code.slice(1, -1) as ErrorCode, '');
      assert.equal(findExitCode(error), Number(exitCode || 1), code);
    }
  });

  test('show the worker in Python as it is tested', async () => {
    assert.ok(hasBlock(pages, await readFile(new URL('support/python/worker.py', import.meta.url), 'utf8')));
  });

  test('show the detectors and the lamp in Python as they are tested', async () => {
    for (const script of ['detector', 'people', 'motion', 'lamp'])
      assert.ok(
        hasBlock(pages, await readFile(new URL(`support/python/${script}.py`, import.meta.url), 'utf8')),
        script,
      );
  });

  test('show command lines that the programs take', async () => {
    const commands = pages.flatMap((page) => readCommands(page));
    assert.ok(commands.length > 60, `${commands.length} were found`);
    for (const { path, program, args } of commands) {
      const commandLine = programs.find((one) => one.program === program);
      assert.ok(commandLine);
      // A page shows the file, too, but it is not there.
      const words = args.filter((word, i) => word !== '--config' && args[i - 1] !== '--config');
      const where = `${path}: ${program} ${args.join(' ')}`;
      const parsed = await parseCommandLine(commandLine, words).catch((error) =>
        assert.fail(`${where}: ${error.message}`),
      );
      if ('options' in parsed) assert.doesNotThrow(() => checkRun(commandLine, parsed), where);
    }
  });

  for (const [what, path, names] of documentedNames) {
    test(`tell each ${what}`, () => {
      assert.ok(names.length > 0);
      for (const name of names) assert.ok(findPage(path).text.includes(`\`${name}\``), name);
    });
  }

  test('link to files and headings that exist', async () => {
    const lost: string[] = [];
    for (const page of pages) {
      for (const target of readLinks(page).filter((link) => !/^https?:/.test(link))) {
        const [file = '', anchor] = target.split('#');
        const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
        const isThere = await access(join(projectRoot, path)).then(
          () => anchor === undefined || readAnchors(findPage(path)).includes(anchor),
          () => false,
        );
        if (!isThere) lost.push(`${page.path}: ${target}`);
      }
    }
    assert.deepEqual(lost, []);
  });

  test('are all reached from the README, link by link', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const link of readLinks(findPage(path))) {
        const target = normalize(join(dirname(path), link.replace(/#.*/, '')));
        if (pages.some((page) => page.path === target)) reached.add(target);
      }
    }
    assert.deepEqual([...reached].sort(), pages.map(({ path }) => path).sort());
  });

  test('have lines of at most 100 columns in prose', () => {
    const long = pages.flatMap((page) =>
      readLines(page)
        .filter(({ kind, text }) => kind === 'prose' && text.length > 100)
        .map(({ number }) => `${page.path}:${number}`),
    );
    assert.deepEqual(long, []);
  });

  test('have no sentence whose subject is what, who or whoever', () => {
    const found = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/(?:^|[.:;] |\| )(?:What|Who|Whoever)\s[^.?|]*\./gm)].map(
        ([sentence]) => `${path}: ${sentence}`,
      ),
    );
    assert.deepEqual(found, []);
  });

  test('have pictures of less than 150 kB', async () => {
    const files = pages.flatMap((page) =>
      readLinks(page)
        .filter((target) => target.endsWith('.png'))
        .map((target) => join(projectRoot, dirname(page.path), target)),
    );
    assert.ok(files.length > 0);
    for (const file of files) assert.ok((await stat(file)).size < 150_000, file);
  });

  test('begin with a README of at most 200 lines', () => {
    assert.ok(findPage('README.md').text.trimEnd().split('\n').length <= 200);
  });
});
