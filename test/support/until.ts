import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { scaleMs } from './speed.ts';

const soonMs = scaleMs(30_000);
const lookMs = 10;

/** Waits for something to be so; fails after `maxMs`. @param what completes "waited for": "the stall to be told" */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = String(holds),
  maxMs = soonMs,
): Promise<void> {
  const end = performance.now() + maxMs;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `waited ${maxMs / 1000} s for: ${what}`);
    await sleep(lookMs);
  }
}
