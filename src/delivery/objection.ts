import type { Notify } from '../system/notify.ts';
import type { Uplink } from './uplink.ts';

/** More than that at once was not waited but slept: by a program that was stopped, or a machine that was busy. */
const stepMs = 100;

/**
 * Waits until a receiver that does not want what was sent would have said so, or gone. False, and at once, when it has, when it acknowledges
 * what it takes, or when `signal` aborts.
 * @param changes notified when the uplink changes
 * @param ms to wait; time in which this program did not run does not count, as what came meanwhile is still to be read
 */
export async function awaitObjection(
  uplink: Uplink,
  changes: Notify,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  let leftMs = ms;
  const isOpen = () => uplink.failure === undefined && uplink.acknowledging !== 'certain' && !signal.aborted;
  while (leftMs > 0 && isOpen()) {
    const sinceMs = performance.now();
    await changes.wait(AbortSignal.any([signal, AbortSignal.timeout(Math.min(stepMs, Math.ceil(leftMs)))]));
    leftMs -= Math.min(stepMs, performance.now() - sinceMs);
  }
  return isOpen();
}
