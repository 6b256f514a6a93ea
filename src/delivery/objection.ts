import type { Notify } from '../system/notify.ts';
import type { Uplink } from './uplink.ts';

/**
 * If more time passes at once, this program did not wait but was stopped, or its machine was busy.
 */
const stepMs = 100;

/**
 * Waits as long as a receiver that does not want the frames takes to say so, or to go. Resolves
 * false, and at once, when it has done so, when it acknowledges frames, or when `signal` aborts.
 * @param changes notified when the uplink changes
 * @param ms to wait; time in which this program did not run does not count, as bytes that came
 * meanwhile are not read yet
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
