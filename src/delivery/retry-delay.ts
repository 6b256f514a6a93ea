const firstMs = 1000;
const growth = 1.3;
/** The cap brings a sender's newest frame to its receiver within two seconds of the receiver's return. */
const capMs = 1500;
const jitter = 0.25;
/** After a try that itself took as long as the pause would have been. */
const minMs = 250;

/**
 * Milliseconds to wait after that many failed connects in a row (1 or more): from 1 s, growing to
 * 1.5 s.
 *
 * Up to a quarter less by chance from the second on, so that fifty senders do not come back in
 * step. Less the time that the try took, down to 250 ms: a host may be found unreachable, after
 * seconds, just when it is there again.
 * @param random from 0 to 1
 * @param tookMs how long the last try took
 */
export function retryDelayMs(failures: number, random: number, tookMs = 0): number {
  const fullMs = Math.min(capMs, firstMs * growth ** (failures - 1));
  const byChance = failures <= 1 ? 1 : 1 - jitter * random;
  return Math.round(Math.max(minMs, fullMs - tookMs) * byChance);
}
