import { join } from 'node:path';
import process from 'node:process';
import { Child } from '../../test/support/child.ts';
import { projectRoot } from '../native/project.ts';

export const timeoutMs = 120_000;

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** The file of a packaged program for this machine. */
export function programFile(program: string): string {
  return join(projectRoot, 'dist', `linux-${process.arch}`, program);
}

export function startPackaged(program: string, args: readonly string[]): Child {
  return new Child(programFile(program), args);
}

export async function startPackagedReceiver(args: readonly string[]): Promise<{ receiver: Child; port: string }> {
  const receiver = startPackaged('image-receiver', ['--port', '0', ...args]);
  const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, timeoutMs);
  return { receiver, port };
}

/** The value below which that share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
