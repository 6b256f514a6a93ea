import { formatSender, type ReceivedFrame, transitUs } from '../link/receiving/received-frame.ts';
import { formatTime } from '../protocol/classic-field.ts';
import type { Sink } from './sink.ts';

/** Takes one line; a promise asks to wait, as with a sink. */
export type WriteLine = (line: string) => void | Promise<void>;

/** One line a frame, for people, beginning as the Python server's lines do where the sender says a time. */
export function formatLine(frame: ReceivedFrame): string {
  const { sender, number, width, height, jpeg, capturedAtUs } = frame;
  const received = `receive time: ${formatTime(frame.receivedAtUs)}`;
  const details = `${formatSender(sender)} #${number} ${width}x${height} ${jpeg.length} bytes`;
  if (capturedAtUs === undefined) return `${received}  ${details}`;
  return `send time: ${formatTime(capturedAtUs)}  ${received}  ${formatLate(frame)}  ${details}`;
}

/** One JSON object a frame, for programs: times are RFC 3339 in UTC with microseconds. */
export function formatJson(frame: ReceivedFrame): string {
  const { sender, lateness } = frame;
  return JSON.stringify({
    sender: sender.address,
    name: sender.name ?? null,
    stream: frame.stream ?? null,
    number: frame.number,
    sentAt: frame.capturedAtUs === undefined ? null : formatIso(frame.capturedAtUs),
    receivedAt: formatIso(frame.receivedAtUs),
    latenessMs: toMs(lateness?.us ?? transitUs(frame)),
    latenessErrorMs: toMs(lateness?.errorUs),
    clockOffsetMs: toMs(sender.wallOffsetUs),
    width: frame.width,
    height: frame.height,
    bytes: frame.jpeg.length,
  });
}

/** Writes a line for each frame. */
export function lineSink(format: (frame: ReceivedFrame) => string, write: WriteLine, flush: () => Promise<void>): Sink {
  const take = (frame: ReceivedFrame) => write(format(frame))?.then(() => true) ?? true;
  return { take, close: flush };
}

function formatLate(frame: ReceivedFrame): string {
  const { lateness } = frame;
  if (lateness !== undefined) return `${formatMs(lateness.us)} ms late`;
  return `${formatMs(transitUs(frame) ?? 0)} ms late, clocks not compared`;
}

function formatIso(us: number): string {
  return `${formatTime(us).replace(' ', 'T')}Z`;
}

/** Milliseconds, no finer than the clocks are; null where it is not known. */
function toMs(us: number | undefined): number | null {
  return us === undefined ? null : Math.round(us) / 1000;
}

function formatMs(us: number): string {
  return (us / 1000).toFixed(1);
}
