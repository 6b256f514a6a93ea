import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { formatBash } from '../../scripts/package/completion/bash.ts';
import { formatFish } from '../../scripts/package/completion/fish.ts';
import { listWords } from '../../scripts/package/completion/words.ts';
import { formatZsh } from '../../scripts/package/completion/zsh.ts';
import { formatManual } from '../../scripts/package/manual/page.ts';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { type CommandLine, listOptions } from '../../src/options/commands.ts';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'image-socket-completion-'));
after(() => rm(folder, { recursive: true }));

/** Makes of a command line what the packages hold. */
const texts: Readonly<Record<string, (commandLine: CommandLine) => string>> = {
  'bash completion': (commandLine) => formatBash(listWords(commandLine)),
  'zsh completion': (commandLine) => formatZsh(listWords(commandLine)),
  'fish completion': (commandLine) => formatFish(listWords(commandLine)),
  'manual page': (commandLine) => formatManual(commandLine, { version: '1.2.3', timeSeconds: 0, files: [] }),
};

for (const commandLine of [senderCommandLine, receiverCommandLine]) {
  const { program } = commandLine;
  for (const [kind, format] of Object.entries(texts)) {
    test(`the ${kind} of ${program} has every option and command`, () => {
      const text = format(commandLine).replaceAll('\\-', '-');
      const named = Object.entries(listOptions(commandLine)).filter(([, { positional }]) => !positional);
      for (const name of ['config', 'version', 'help', ...named.map(([found]) => found)])
        assert.match(text, new RegExp(`(--|-l )${name}(?![a-z-])`), name);
      for (const { command } of commandLine.commands) assert.match(text, new RegExp(`\\b${command}\\b`));
      assert.match(text, /\bservice\b/);
    });
  }

  test(`the manual page of ${program} has every exit code, and no line that is a macro by chance`, () => {
    const lines = formatManual(commandLine, { version: '1.2.3', timeSeconds: 0, files: [] }).split('\n');
    assert.equal(
      lines[0],
      `.TH "${program.toUpperCase().replace('-', '\\-')}" 1 "1970\\-01\\-01" "image\\-socket 1.2.3" "User Commands"`,
    );
    for (const code of Object.keys(commandLine.exitCodes)) assert.ok(lines.includes(`\\fB${code}\\fR`), code);
    const macros = lines.filter((line) => /^[.']/.test(line)).map((line) => line.split(' ')[0]);
    assert.deepEqual(
      [...new Set(macros)].filter((macro) => !/^\.(TH|SH|SS|TP|PP|RS|RE|nf|fi|nh|ad)$/.test(macro ?? '')),
      [],
    );
  });
}

/** Runs the completion in bash, with the cursor behind the last word. */
async function complete(commandLine: CommandLine, ...words: readonly string[]): Promise<string[]> {
  const { program } = commandLine;
  const file = join(folder, program);
  await writeFile(file, formatBash(listWords(commandLine)));
  const script = `compopt() { :; }; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_${program.replaceAll('-', '_')}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', script, 'bash', file, program, ...words], { cwd: folder });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash completes', () => {
  const send = (...words: string[]) => complete(senderCommandLine, ...words);
  const receive = (...words: string[]) => complete(receiverCommandLine, ...words);

  test('commands', async () => {
    assert.deepEqual(await send('p'), ['pipe', 'pattern']);
    assert.deepEqual(await send('s'), ['service']);
    assert.deepEqual(await send('service', 'rp'), ['rpicam']);
    assert.deepEqual(await send('service', 's'), []);
    assert.deepEqual(await receive(''), ['invite', 'cameras', 'forget', 'service']);
  });

  test('options of the command, and of no other', async () => {
    assert.deepEqual(await send('camera', '--pass'), ['--passthrough']);
    assert.deepEqual(await send('rpicam', '--pass'), []);
    assert.deepEqual(await send('service', 'rpicam', '--host', 'a', '--fp'), ['--fps']);
    assert.deepEqual(await receive('--record-a'), ['--record-as', '--record-age']);
  });

  test('values, where they are few, behind a space or =', async () => {
    assert.deepEqual(await send('rpicam', '--deliver', ''), ['latest', 'every']);
    assert.deepEqual(await send('rpicam', '--deliver', '=', 'e'), ['every']);
    assert.deepEqual(await send('rpicam', '--deliver', '='), ['latest', 'every']);
    assert.deepEqual(await receive('--record-as', 'm'), ['mkv', 'mp4']);
    assert.deepEqual(await send('rpicam', '--host', ''), []);
  });

  test('names of files, spaces and all', async () => {
    await writeFile(join(folder, 'my token'), '');
    assert.deepEqual(await send('rpicam', '--token-file', 'my'), ['my token']);
    assert.deepEqual(await send('video', 'my'), ['my token']);
    assert.deepEqual(await send('rpicam', 'my'), []);
  });
});
