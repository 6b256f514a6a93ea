import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const soonMs = 20_000;
const lookMs = 10;

/** Waits for something to be so; fails after 20 s. @param what completes "waited for": "the stall to be told" */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + soonMs;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `waited ${soonMs / 1000} s for: ${what}`);
    await sleep(lookMs);
  }
}
