// Stands for rpicam-vid: does as the plan in its folder says. Arguments: that folder, then those of rpicam-vid.
import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { JpegSplitter } from '../../../src/protocol/jpeg/jpeg-splitter.ts';
import { tinyJpeg } from '../jpeg.ts';
import type { FakePlan, FakeRun, FakeStart } from './plan.ts';

const standardOutput = 1;
const standardError = 2;
const chunkBytes = 65_536;
const leadPauseMs = 30;

const [folder = '', ...args] = process.argv.slice(2);
const log = join(folder, 'starts');
const earlier = readText(log).split('\n').length - 1;
const start: FakeStart = { pid: process.pid, args };
appendFileSync(log, `${JSON.stringify(start)}\n`);
const plan = JSON.parse(readText(join(folder, 'plan.json'))) as FakePlan;
act(plan.runs[Math.min(earlier, plan.runs.length - 1)] ?? {});

function act(run: FakeRun): void {
  if (run.ignoresTerm) process.on('SIGTERM', () => undefined);
  for (const line of run.says ?? []) writeAll(standardError, Buffer.from(`${line}\n`));
  flood(run.floodBytes ?? 0);
  for (const bytes of run.lead ?? []) {
    writeAll(standardOutput, Uint8Array.from(bytes));
    sleep(leadPauseMs);
  }
  if (run.endless !== undefined) writeForEver(run.endless);
  play(run);
  for (const line of run.lastWords ?? []) writeAll(standardError, Buffer.from(`${line}\n`));
  finish(run.end ?? 'hang');
}

function play({ pictures = 0, pauseMs = 0, pieces }: FakeRun): void {
  if (pictures === 0) return;
  const found = new JpegSplitter({ maxFrameBytes: 2 ** 24, maxWidth: 65_535, maxHeight: 65_535 }).decode(
    readFileSync(plan.jpegs),
  );
  const jpegs = found.flatMap((one) => (one.type === 'picture' ? [one.jpeg] : []));
  let piece = 0;
  for (let i = 0; i < pictures; i++) {
    const jpeg = jpegs[i % jpegs.length] as Uint8Array;
    for (let at = 0; at < jpeg.length; ) {
      const end = at + (pieces?.[piece++ % pieces.length] ?? jpeg.length);
      writeAll(standardOutput, jpeg.subarray(at, end));
      at = end;
    }
    sleep(pauseMs);
  }
}

/** Never returns: it ends when nobody reads any more. */
function writeForEver(what: NonNullable<FakeRun['endless']>): void {
  if (what === 'jpeg') writeAll(standardOutput, tinyJpeg(64, 48).subarray(0, -2));
  if (what === 'h264') writeAll(standardOutput, Uint8Array.of(0, 0, 0, 1, 0x67, 0x64, 0, 0x28));
  // No FF within it.
  const chunk = new Uint8Array(chunkBytes).map((_, i) => (i * 7) % 255);
  for (;;) writeAll(standardOutput, chunk);
}

function flood(bytes: number): void {
  const chunk = Buffer.alloc(chunkBytes, 'a');
  for (let written = 0; written < bytes; written += chunkBytes) writeAll(standardError, chunk);
  if (bytes > 0) writeAll(standardError, Buffer.from('\n'));
}

function finish(end: NonNullable<FakeRun['end']>): void {
  if (typeof end === 'number') process.exit(end);
  if (end === 'leave') {
    spawn('/bin/sleep', ['30'], { stdio: ['ignore', standardOutput, standardError], detached: true });
    process.exit(0);
  }
  if (end === 'close') closeSync(standardOutput);
  else if (end !== 'hang') process.kill(process.pid, end);
  // Until nobody is there any more who could end it.
  const { ppid } = process;
  setInterval(() => {
    if (process.ppid !== ppid) process.exit(0);
  }, 1000);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      sleep(1);
    }
  }
}

function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
