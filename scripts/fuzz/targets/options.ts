import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { receiverCommandLine } from '../../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../../src/cli/sender/commands.ts';
import { parseCommandLine } from '../../../src/options/command-line.ts';
import { type CommandLine, checkRun, listOptions, listOptionsOf } from '../../../src/options/commands.ts';
import type { Options, RawOptions } from '../../../src/options/option.ts';
import { checkRelations, readOptions } from '../../../src/options/read-options.ts';
import { expectCode } from '../check-stream.ts';
import type { Random } from '../random.ts';
import type { Outcome, Target } from '../target.ts';
import { toBytes } from './seeds.ts';
import { textStructure } from './structures.ts';

/** Values of options as users write them, right and wrong. */
const values: readonly unknown[] = [
  9000,
  '0',
  '10s',
  '1.5h',
  '7d',
  '500ms',
  '16MiB',
  '20GB',
  '480x315',
  '65501x1',
  'latest',
  'every',
  'classic,2',
  'mkv',
  '::1',
  '[::1]:9000',
  'my-pc.local',
  'nats://my-nats.local',
  '%Y/%m/%d',
  '/nonexistent/x',
  true,
  false,
  null,
  -1,
  1e300,
  ['a', 'b'],
  {},
  '',
  ' ',
];
const programs: readonly CommandLine[] = [receiverCommandLine, senderCommandLine];
const names = programs.flatMap((program) => Object.keys(listOptions(program)));

function seed(random: Random): Uint8Array {
  const pairs = Array.from({ length: random.between(0, 5) }, () => [random.pick(names), random.pick(values)]);
  return toBytes(JSON.stringify(Object.fromEntries(pairs)));
}

const structure = textStructure([
  ...names.map((name) => `"${name}":`),
  ...values.map((value) => JSON.stringify(value)),
  '{',
  '}',
  ',',
  '"__proto__":',
  '"constructor":',
  '"config":',
  '\ufeff',
  '\\u0000',
]);

/** Each option alone, so that each value is read, and then all with each other. */
function checkValues(input: Uint8Array, random: Random): Outcome {
  const raw = parseObject(new TextDecoder().decode(input));
  const program = random.pick(programs);
  const options: Options = listOptionsOf(program, random.pick(program.commands)?.command);
  const codes = Object.keys(raw).map((name) => {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    return option === undefined ? 'unknown' : tryOptions(() => readOptions({ [name]: option }, raw));
  });
  codes.push(tryOptions(() => checkRelations(options, raw)));
  const signature = codes.join('; ').replaceAll(/\d+/g, '#');
  return { code: undefined, signature, bytes: input.length * 2 };
}

function parseObject(text: string): RawOptions {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? (found as RawOptions) : {};
  } catch {
    return {};
  }
}

function tryOptions(read: () => unknown): string {
  try {
    read();
    return 'good';
  } catch (error) {
    return expectCode(error, ['BAD_OPTION', 'TLS_UNUSABLE']).message.replaceAll(/'[^']*'/g, "''");
  }
}

/** The readers of all options. */
export const optionValues: Target = { seed, structure, check: checkValues };

let path: string | undefined;

/** A file for the inputs, which is gone with the process. */
function makePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'image-socket-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'config.json');
}

/** Through the whole command line, with yargs. */
async function checkFile(input: Uint8Array, random: Random): Promise<Outcome> {
  path ??= makePath();
  writeFileSync(path, input);
  const program = random.pick(programs);
  const command = random.pick(program.commands)?.command;
  const words = [...(command === undefined ? [] : [command]), '--config', path];
  try {
    const parsed = await parseCommandLine(program, words);
    if ('text' in parsed) return { code: undefined, signature: 'text', bytes: input.length };
    checkRun(program, parsed);
    return { code: undefined, signature: Object.keys(parsed.options).join(' '), bytes: input.length };
  } catch (error) {
    const { code, message } = expectCode(error, ['BAD_OPTION']);
    return { code, signature: message.replaceAll(/'[^']*'|\d+/g, '#'), bytes: input.length };
  }
}

/** The configuration file. */
export const config: Target = { seed, structure, check: checkFile, baseMs: 500 };
