import { formatAddress } from '../link/address.ts';
import type { Feed } from '../link/feed.ts';
import type { Sender } from '../link/sender.ts';
import { formatBytes, formatProgress, Rate } from './figures.ts';
import type { SenderSettings } from './sender-options.ts';

const rateWindowMs = 3000;
const barWidth = 24;

/** The live line of a sender. `total` frames where that is known gives a progress bar. */
export function senderDisplay(sender: Sender, feed: Feed, settings: SenderSettings, total: number): () => string[] {
  const rate = new Rate(rateWindowMs);
  const address = formatAddress(settings.sender.host, settings.sender.port);
  return () => {
    const fps = rate.sample(sender.frames, performance.now()).toFixed(1);
    const frames = total > 0 ? formatProgress(sender.frames, total, barWidth) : `${sender.frames} frames`;
    const dropped = feed.dropped > 0 ? `  ${feed.dropped} dropped` : '';
    return [`${address}  ${frames}  ${fps} fps  ${formatBytes(sender.bytes)}${dropped}  ${sender.state}`];
  };
}

/** The last line of a sender. */
export function summarizeSender(sender: Sender, feed: Feed, elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  const rate = seconds > 0 ? ` (${(sender.frames / seconds).toFixed(1)} fps)` : '';
  const dropped = feed.dropped > 0 ? `; ${feed.dropped} dropped, as newer ones were there` : '';
  return `sent ${sender.frames} frames, ${formatBytes(sender.bytes)} in ${seconds.toFixed(1)} s${rate}${dropped}`;
}
