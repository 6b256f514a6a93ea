import type { Quantity } from '../row.ts';

/** Quantities that several rows have. */
export const framesPerSecond: Quantity = { name: 'frames a second', better: 'more', digits: 0 };
export const bytesPerSecond: Quantity = { name: 'MB a second', better: 'more', digits: 0 };
export const senderCpu: Quantity = { name: 'CPU of the sender, ms a frame', better: 'less', digits: 3 };
export const receiverCpu: Quantity = { name: 'CPU of the receiver, ms a frame', better: 'less', digits: 3 };
export const p50: Quantity = { name: 'latency p50, ms', better: 'less', digits: 3 };
export const p99: Quantity = { name: 'latency p99, ms', better: 'less', digits: 2 };
export const longest: Quantity = { name: 'longest latency, ms', better: 'less', digits: 1 };
