const firstMs = 1000;
const growth = 1.3;
/** The cap brings a sender's newest frame to its receiver within two seconds of the receiver's return. */
const capMs = 1500;
const jitter = 0.25;

/**
 * Milliseconds to wait after that many failed connects in a row (1 or more): from 1 s, growing to
 * 1.5 s.
 *
 * Up to a quarter less by chance from the second on, so that fifty senders do not come back in
 * step.
 * @param random from 0 to 1
 */
export function retryDelayMs(failures: number, random: number): number {
  if (failures <= 1) return firstMs;
  const fullMs = Math.min(capMs, firstMs * growth ** (failures - 1));
  return Math.round(fullMs * (1 - jitter * random));
}
