import type { SenderResult } from '../../src/delivery/uplink.ts';

/** A result without detections, of a frame that was captured at the beginning of 1970. */
export function makeResult(over: Partial<SenderResult> = {}): SenderResult {
  return {
    ...{ type: 'rslt', stream: 'garden-k3x9f2ab', sequence: 1, capturedAtUs: 0, capturedMonotonicUs: 0 },
    ...{ width: 64, height: 48, detectUs: 0, omitted: 0, detections: [], extra: {} },
    ...over,
  };
}
