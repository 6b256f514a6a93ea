import type { Detections } from '../../protocol/results/detection.ts';
import { formatResultLine } from '../../protocol/results/result-line.ts';
import type { Camera } from '../camera.ts';
import { type ReceivedFrame, transitUs } from '../received-frame.ts';

/** A frame without its picture, which a result would keep in memory. */
export type ResultFrame = Omit<ReceivedFrame, 'jpeg'>;

/** All that a detector found in a frame of a camera. */
export interface FrameResult extends Detections {
  readonly camera: Camera;
  readonly frame: ResultFrame;
  /** From handing over the picture to the answer: microseconds. */
  readonly detectUs: number;
  /** When the answer came, by this machine's clock: microseconds since 1970, UTC. */
  readonly answeredAtUs: number;
}

/** From the capture to the answer, in microseconds; undefined where the capture time is not known. */
export function ageOf({ frame, answeredAtUs }: FrameResult): number | undefined {
  const lateUs = frame.latency?.us ?? transitUs(frame);
  return lateUs === undefined ? undefined : lateUs + answeredAtUs - frame.receivedAtUs;
}

const lines = new WeakMap<FrameResult, string>();
const publicLines = new WeakMap<FrameResult, string>();

/** One line of JSON without its line end, made once for all that use it. */
export function formatFrameResult(result: FrameResult): string {
  return once(lines, result, () => format(result, result.frame.stream ?? null));
}

/** The same without the stream, whose id anyone could use to end the connection of its sender. */
export function formatPublicResult(result: FrameResult): string {
  return once(publicLines, result, () => format(result, undefined));
}

function once(known: WeakMap<FrameResult, string>, result: FrameResult, make: () => string): string {
  const line = known.get(result) ?? make();
  known.set(result, line);
  return line;
}

function format(result: FrameResult, stream: string | null | undefined): string {
  const { camera, frame, detections, omitted, extra, detectUs } = result;
  const { sequence, capturedAtUs, width, height } = frame;
  const fields = { stream, sequence, capturedAtUs, width, height, detections, omitted, extra, detectUs };
  return formatResultLine({ camera: camera.key, ...fields, ageUs: ageOf(result) });
}
