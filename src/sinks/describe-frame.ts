import { type ReceivedFrame, transitUs } from '../frames/received-frame.ts';
import { formatIso } from '../protocol/clock/iso-time.ts';

/**
 * The facts of a frame for programs: times are RFC 3339 in UTC with microseconds; null where a
 * value is not known.
 */
export function describeFrame(frame: ReceivedFrame) {
  const { connection, latency, batch } = frame;
  return {
    address: connection.address,
    name: connection.name ?? null,
    stream: frame.stream ?? null,
    sequence: frame.sequence,
    capturedAt: frame.capturedAtUs === undefined ? null : formatIso(frame.capturedAtUs),
    receivedAt: formatIso(frame.receivedAtUs),
    latencyMs: toMs(latency?.us ?? transitUs(frame)),
    latencyErrorMs: toMs(latency?.errorUs),
    clockOffsetMs: toMs(connection.wallOffsetUs),
    width: frame.width,
    height: frame.height,
    bytes: frame.jpeg.length,
    ...(batch === undefined
      ? {}
      : { batchIndex: batch.index, batchLength: batch.length, groupSequence: batch.groupSequence }),
  };
}

/** Milliseconds, no finer than the clocks; null where the value is not known. */
function toMs(us: number | undefined): number | null {
  return us === undefined ? null : Math.round(us) / 1000;
}
