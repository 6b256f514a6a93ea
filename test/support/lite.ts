import { fileURLToPath } from 'node:url';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child, type ChildOptions } from './child.ts';
import { tinyJpeg } from './jpeg.ts';
import { PYTHON } from './python.ts';

export const litePath = fileURLToPath(new URL('../../src/lite/image-sender-lite.py', import.meta.url));

/** Starts image-sender-lite and returns at once; its standard input is `input` of the child. */
export async function startLite(args: readonly string[], options: ChildOptions = {}): Promise<Child> {
  await installPackages(['python3'], 'the tests of image-sender-lite');
  const child = new Child(PYTHON, ['-B', litePath, ...args], { stdin: 'pipe', ...options });
  // It may end before it has read all.
  if (options.stdin === undefined) child.input.on('error', () => undefined);
  return child;
}

/**
 * Runs Python code that has the sender's module as `lite`; returns the lines that it prints.
 * @param input its standard input
 */
export async function askLite(code: string, args: readonly string[] = [], input = ''): Promise<string[]> {
  await installPackages(['python3'], 'the tests of image-sender-lite');
  const load = [
    'import importlib.util, sys',
    'spec = importlib.util.spec_from_file_location("lite", sys.argv[1])',
    'lite = importlib.util.module_from_spec(spec)',
    'spec.loader.exec_module(lite)',
  ];
  const words = ['-B', '-c', [...load, code].join('\n'), litePath, ...args];
  await using child = new Child(PYTHON, words, { stdin: 'pipe' });
  child.input.on('error', () => undefined).end(input);
  const { code: exitCode } = await child.wait(60_000);
  if (exitCode !== 0) throw new Error(child.lines('stderr').join('\n'));
  return [...child.lines('stdout')];
}

/** JPEGs of different widths, so that no two are alike. */
export function numberedJpegs(count: number, dataBytes = 100): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => tinyJpeg(100 + i, 48, dataBytes));
}

/** Writes all of it to the sender, and waits until the kernel has taken it. */
export function feed(child: Child, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => child.input.write(bytes, () => resolve()));
}
