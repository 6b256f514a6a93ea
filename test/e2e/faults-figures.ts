import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../support/child.ts';
import { type JsonFrame, soonMs } from '../support/programs.ts';

export const hourMs = 3_600_000;
export const mebibyte = 2 ** 20;

/** A time of --json in milliseconds since 1970, to the microsecond. */
function parseMs(time: string): number {
  return Date.parse(`${time.slice(0, 23)}Z`) + Number(time.slice(23, 26)) / 1000;
}

/** Milliseconds since 1970 by the receiver's clock. */
export function readReceivedMs(frame: JsonFrame): number {
  return parseMs(frame.receivedAt);
}

/**
 * Milliseconds from capture to reception. Both ends are on one machine, whose clock is the truth: whole hours of difference are
 * the test's doing.
 */
export function readTrueLatencyMs(frame: JsonFrame): number {
  const apartMs = parseMs(frame.receivedAt) - parseMs(frame.capturedAt);
  return apartMs - Math.round(apartMs / hourMs) * hourMs;
}

/** The value that this share of the values does not exceed. */
export function pickPercentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Resident bytes of a process. */
export async function readMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** The same again and again for two seconds: between two collections of garbage it moves by several frames. */
export async function sampleMemory(pid: number): Promise<{ min: number; max: number }> {
  const samples: number[] = [];
  for (let i = 0; i < 20; i++) {
    samples.push(await readMemory(pid));
    await sleep(100);
  }
  return { min: Math.min(...samples), max: Math.max(...samples) };
}

/** All frames that the last line of a sender tells of, but for those that arrived. */
export function sumOthers(line: string): number {
  const others = line.matchAll(/; (\d+) (?:dropped|rejected|may not have arrived|not sent)/g);
  return [...others].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The figures of a sender's last line; `dropped`: all that is not known to have arrived; `uncertain`: the part of it that may have. */
export function readSent(sender: Pick<Child, 'lines'>): { frames: number; dropped: number; uncertain: number } {
  const line = sender.lines('stderr').at(-1) ?? '';
  const [, frames] = /: sent (\d+) frames?/.exec(line) ?? [];
  assert.ok(frames !== undefined, `the sender's last line is '${line}'`);
  const [, uncertain = '0'] = /; (\d+) may not have arrived/.exec(line) ?? [];
  return { frames: Number(frames), dropped: sumOthers(line), uncertain: Number(uncertain) };
}

/** The receiver's line about the next connection that ends after a frame. */
export async function waitForLeft(
  receiver: Child,
): Promise<{ frames: number; dropped: number; p50Ms: number; line: string }> {
  const pattern = /(?:left|dropped) after (\d+) frames? .*/;
  const [line, frames] = await receiver.waitForLine('stderr', pattern, soonMs);
  const [, dropped = '0'] = /(\d+) dropped by the sender/.exec(line) ?? [];
  const [, p50 = 'NaN'] = /latency p50 (\S+) ms/.exec(line) ?? [];
  return { frames: Number(frames), dropped: Number(dropped), p50Ms: Number(p50), line };
}

/** Waits for so many frames more, of whichever sender. */
export async function waitForFrames(receiver: Child, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await receiver.waitForLine('stdout', /"sequence":/, soonMs);
}
