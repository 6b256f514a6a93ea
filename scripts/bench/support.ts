import { access } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Child, type ChildOptions, runChild } from '../../test/support/child.ts';
import { projectRoot } from '../native/project.ts';

export const timeoutMs = 120_000;

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Holds the packaged programs of this tree for this machine. */
export const builtFolder: string = join(projectRoot, 'dist', `linux-${process.arch}`);

/** @throws Error where the packaged programs of this tree are not there */
export async function requireBuilt(): Promise<void> {
  for (const program of ['image-sender', 'image-receiver'])
    await access(programFile(program)).catch(() => {
      throw new Error(`Cannot start ${programFile(program)} as it is not there: npm run build`);
    });
}

export interface PackagedOptions extends ChildOptions {
  /** Holds the packaged programs: those of this tree where it is not given. */
  readonly folder?: string | undefined;
}

/** The file of a packaged program. */
export function programFile(program: string, folder = builtFolder): string {
  return join(folder, program);
}

export function startPackaged(program: string, args: readonly string[], options: PackagedOptions = {}): Child {
  return new Child(programFile(program, options.folder), args, options);
}

export async function startPackagedReceiver(
  args: readonly string[],
  options: PackagedOptions = {},
): Promise<{ receiver: Child; port: string }> {
  const receiver = startPackaged('image-receiver', ['--port', '0', ...args], options);
  const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, timeoutMs);
  return { receiver, port };
}

/** The address of the page of a receiver that listens, without a slash at its end. */
export function findPage(receiver: Child): string {
  const [, page] = /the page is at (https?:\/\/\S+)\//.exec(receiver.lines('stderr').join('\n')) ?? [];
  if (page === undefined) throw new Error('The receiver has not said where its page is');
  return page;
}

/**
 * The first of these names that a program has an option of: they have changed, and packages of any age are measured.
 * @param program with its command, such as `['image-sender', 'pipe']`
 * @throws Error where it has none of them
 */
export async function findOption(
  [program = '', ...command]: readonly string[],
  names: readonly string[],
  folder = builtFolder,
): Promise<string> {
  const { stdout } = await runChild(programFile(program, folder), [...command, '--help'], timeoutMs);
  const found = names.find((name) => new RegExp(`^ +(-. *, )?--${name} `, 'm').test(stdout));
  if (found !== undefined) return `--${found}`;
  throw new Error(`Cannot find an option ${names.map((name) => `--${name}`).join(' or ')} of ${program} in ${folder}`);
}

/** Milliseconds since 1970 with all digits of the text, which Date drops. */
export function toMs(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) + Number(`0.${time.slice(20, 26)}`) * 1000;
}
