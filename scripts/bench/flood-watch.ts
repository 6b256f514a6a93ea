import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import process from 'node:process';
import { FolderRecordingIndex } from '../../src/sinks/record/folder-recording-index.ts';
import { readWallClockUs } from '../../src/system/clock.ts';

/** The name of the good camera. */
export const goodName = 'good';
const maxHeadBytes = 4096;
const notFound = -1;
const lineFeed = 0x0a;

/** A program that reads the framed pictures of a receiver, and how late those of the good camera are when it has them. */
export class FramedWatch {
  /** Of each picture of the good camera, in milliseconds. */
  readonly latenciesMs: number[] = [];
  #head: Buffer = Buffer.alloc(0);
  #skipBytes = 0;

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, chunk.length - at);
        this.#skipBytes -= skipped;
        at += skipped;
        continue;
      }
      const end = chunk.indexOf(lineFeed, at);
      const part = chunk.subarray(at, end === notFound ? undefined : end);
      this.#head = this.#head.length === 0 ? part : Buffer.concat([this.#head, part]);
      if (this.#head.length > maxHeadBytes) throw new Error('A record is longer than any is');
      if (end === notFound) return;
      this.#take(this.#head.toString());
      this.#head = Buffer.alloc(0);
      at = end + 1;
    }
  }

  #take(line: string): void {
    this.#skipBytes = Number(/"bytes":(\d+)/.exec(line)?.[1]);
    if (!line.startsWith(`{"camera":"${goodName}"`)) return;
    const [, second = '', fraction = ''] = /"capturedAt":"([^"]*)\.(\d+)Z"/.exec(line) ?? [];
    const sentUs = Date.parse(`${second}Z`) * 1000 + Number(fraction);
    this.latenciesMs.push((readWallClockUs() - sentUs) / 1000);
  }
}

/** How many pictures of the good camera were saved. */
export async function countSaved(folder: string): Promise<number> {
  return (await readdir(folder)).filter((name) => name.startsWith(`${goodName}-`)).length;
}

/** How many pictures of it are in recordings. */
export async function countRecorded(folder: string): Promise<number> {
  const recordingIndex = new FolderRecordingIndex(folder, () => false);
  const found = (await recordingIndex.list()).filter(({ camera }) => camera === goodName);
  let count = 0;
  for (const { id } of found) {
    for await (const _ of recordingIndex.frames(id, 0, new AbortController().signal)) count++;
  }
  return count;
}

/** A receiver whose framed pictures are read. */
export interface WatchedReceiver {
  readonly framed: FramedWatch;
  readonly pid: number;
  /** Of what it says. */
  waitFor(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray>;
  stop(): Promise<void>;
}

/** @param state a folder of its own for what it keeps from start to start */
export function startWatched(command: string, args: readonly string[], state: string): WatchedReceiver {
  const framed = new FramedWatch();
  const env = { ...process.env, XDG_STATE_HOME: state };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // A bench that Ctrl-C ends must not leave it behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  ended.then(() => process.off('exit', kill));
  let words = '';
  child.stdout.on('data', (chunk: Buffer) => framed.read(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  return {
    framed,
    pid: child.pid ?? 0,
    waitFor: async (pattern, timeoutMs) => {
      const endMs = performance.now() + timeoutMs;
      for (;;) {
        const found = pattern.exec(words);
        if (found !== null) return found;
        if (performance.now() > endMs) throw new Error(`No ${pattern} in ${words}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
