import { latenessUs, type ReceivedFrame } from '../link/received-frame.ts';
import { formatTime } from '../protocol/classic-field.ts';
import type { Sink } from './sink.ts';

/** Takes one line; a promise asks to wait, as with a sink. */
export type WriteLine = (line: string) => void | Promise<void>;

/** One line a frame, for people, beginning as the Python server's lines do. */
export function formatLine(frame: ReceivedFrame): string {
  const sent = formatTime(frame.capturedAtUs);
  const { sender, number, width, height, jpeg } = frame;
  const lateMs = (latenessUs(frame) / 1000).toFixed(1);
  const details = `${sender.label} #${number} ${width}x${height} ${jpeg.length} bytes`;
  return `send time: ${sent}  receive time: ${formatTime(frame.receivedAtUs)}  ${lateMs} ms late  ${details}`;
}

/** One JSON object a frame, for programs: times are RFC 3339 in UTC with microseconds. */
export function formatJson(frame: ReceivedFrame): string {
  return JSON.stringify({
    sender: frame.sender.label,
    number: frame.number,
    sentAt: formatIso(frame.capturedAtUs),
    receivedAt: formatIso(frame.receivedAtUs),
    latenessMs: latenessUs(frame) / 1000,
    width: frame.width,
    height: frame.height,
    bytes: frame.jpeg.length,
  });
}

/** Writes a line for each frame. */
export function lineSink(format: (frame: ReceivedFrame) => string, write: WriteLine, flush: () => Promise<void>): Sink {
  return { take: (frame) => write(format(frame)), close: flush };
}

function formatIso(us: number): string {
  return `${formatTime(us).replace(' ', 'T')}Z`;
}
