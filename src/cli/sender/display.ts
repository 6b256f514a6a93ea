import type { Sender } from '../../delivery/sender.ts';
import type { Delivery } from '../../protocol/frame.ts';
import type { SkipLog } from '../../sources/skip-log.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { counted } from '../../system/counted.ts';
import { formatLatency, formatProgress, Rate } from '../format.ts';

/** The figures of a sender that are shown. */
export type SendingStats = Pick<Sender, 'frames' | 'bytes' | 'dropped' | 'state' | 'latencyUs'> &
  Partial<Pick<Sender, 'rejected' | 'unconnected' | 'unsent' | 'uncertain' | 'unacknowledged'>>;

const rateWindowMs = 3000;
const barWidth = 24;

/** The live line of a sender. `total` frames where that is known gives a progress bar. */
export function senderDisplay(sender: SendingStats & Pick<Sender, 'address'>, total: number): () => string[] {
  const rate = new Rate(rateWindowMs);
  return () => {
    const fps = rate.sample(sender.frames, performance.now()).toFixed(1);
    const frames = total > 0 ? formatProgress(sender.frames, total, barWidth) : `${sender.frames} frames`;
    const dropped = sender.dropped > 0 ? `  ${sender.dropped} dropped` : '';
    const { rejected = 0 } = sender;
    const behind = rejected > 0 ? `  ${rejected} rejected` : '';
    const late = sender.latencyUs === undefined ? '' : `  ${formatLatency(sender.latencyUs)} late`;
    return [
      `${sender.address}  ${frames}  ${fps} fps  ${formatBytes(sender.bytes)}${late}${dropped}${behind}  ${sender.state}`,
    ];
  };
}

/** The last line of a sender. */
export function summarizeSender(sender: SendingStats, delivery: Delivery, skipped: SkipLog, elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  const rate = seconds > 0 ? ` (${(sender.frames / seconds).toFixed(1)} fps)` : '';
  const frames = counted(sender.frames, 'frame', 'frames');
  const { rejected = 0, unconnected = 0, unsent = 0, uncertain = 0, unacknowledged = 0 } = sender;
  // Each captured frame is in one of these, and in no second one.
  const others = [
    [
      sender.dropped - unconnected,
      `dropped, as ${delivery === 'latest' ? 'newer ones were there' : '--buffer was full'}`,
    ],
    [unconnected, 'dropped, as there was no connection'],
    [rejected, 'rejected'],
    [uncertain, 'may not have arrived'],
    [unsent, 'not sent before the end'],
  ] as const;
  const notes = others.map(([count, what]) => (count > 0 ? `; ${count} ${what}` : '')).join('');
  const doubt =
    unacknowledged > 0 ? '; nothing was answered: the receiver read all and closed in order, no more is known' : '';
  const left = skipped.summary === undefined ? '' : `; ${skipped.summary}`;
  return `sent ${frames}, ${formatBytes(sender.bytes)} in ${seconds.toFixed(1)} s${rate}${notes}${left}${doubt}`;
}
