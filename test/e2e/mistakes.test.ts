// The mistakes that users make most end in one message, which has the command that mends it. src/cli/mistakes.md has them all.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../scripts/native/project.ts';
import { cameraMistakes } from '../support/mistakes/cameras.ts';
import { joiningMistakes } from '../support/mistakes/joining.ts';
import { machineMistakes } from '../support/mistakes/machine.ts';
import type { Mistake, Told } from '../support/mistakes/mistake.ts';
import { networkMistakes } from '../support/mistakes/network.ts';
import { readRows } from '../support/pages.ts';

const path = 'src/cli/mistakes.md';
const page = { path, text: await readFile(join(projectRoot, path), 'utf8') };
const rows = readRows(page).filter(([first]) => first !== 'mistake');
const mistakes = [...networkMistakes, ...joiningMistakes, ...cameraMistakes, ...machineMistakes];

test('the page has a row for each mistake that is tried here', () => {
  assert.deepEqual(rows.map(([name]) => name).sort(), mistakes.map(({ name }) => name).sort());
});

/** The texts between backquotes. */
function readCode(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** The same without options alone, which are no commands. */
function readCommands(cell: string): string[] {
  return readCode(cell).filter((code) => !code.startsWith('-'));
}

function check(
  { isFromShell = false }: Mistake,
  { line, code, names = [], doctor }: Told,
  [, message = '', end, cure = '']: readonly string[],
) {
  const onPage = names.reduce((text, [found, instead]) => text.replaceAll(found, instead), line);
  assert.equal(code === undefined ? 'goes on' : `${code}`, end);
  const parts = readCode(message);
  assert.ok(parts.length > 0);
  for (const part of parts) assert.ok(onPage.includes(part), `${part}\nis not in\n${onPage}`);
  const commands = readCommands(cure);
  assert.ok(commands.length > 0);
  if (doctor !== undefined) {
    assert.equal(doctor.state, 'missing', doctor.detail);
    assert.ok(doctor.fix, doctor.detail);
  }
  if (isFromShell) return;
  for (const command of commands) assert.ok(onPage.includes(command), `${command}\nis not in\n${onPage}`);
}

describe('a message with the command that mends it comes', { concurrency: 2 }, () => {
  for (const mistake of mistakes) {
    const { name, skip = false } = mistake;
    test(`when ${name}`, { skip }, async () => {
      const row = rows.find(([first]) => first === name);
      assert.ok(row, `${path} has no row for it`);
      check(mistake, await mistake.provoke(), row);
    });
  }
});
