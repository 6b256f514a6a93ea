import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { projectRoot } from '../native/project.ts';
import type { FoundFailure } from './messages.ts';
import { shrink } from './shrink.ts';

/** Each try is a process. */
const maxTries = 60;
const maxMs = 60_000;
/** A process that takes longer hangs. */
const timeoutMs = 10_000;

/**
 * A smaller input that ends or hangs its process too. A worker makes other failures small itself: those, and inputs
 * that do no harm alone, stay as they are.
 */
export async function shrinkDeadly(failure: FoundFailure, folder: string, signal: AbortSignal): Promise<Uint8Array> {
  const input = Buffer.from(failure.input, 'base64');
  if (!failure.message.startsWith('its process') && !failure.message.startsWith('it hangs')) return input;
  const path = join(folder, 'smaller');
  const endMs = performance.now() + maxMs;
  const fails = async (candidate: Uint8Array): Promise<boolean> => {
    if (signal.aborted || performance.now() > endMs) return false;
    writeFileSync(path, candidate);
    return !(await isGood(failure.target, path));
  };
  return (await fails(input)) ? shrink(input, fails, maxTries) : input;
}

async function isGood(target: string, path: string): Promise<boolean> {
  const args = [join(projectRoot, 'scripts/fuzz.ts'), '--target', target, '--input', path];
  const child = spawn(process.execPath, args, { stdio: 'ignore', timeout: timeoutMs, killSignal: 'SIGKILL' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0;
}
