import process from 'node:process';
import { createFrameQueue } from '../../delivery/create-queue.ts';
import type { FrameQueue } from '../../delivery/frame-queue.ts';
import type { Sender } from '../../delivery/sender.ts';
import { createNatsSender } from '../../nats/sending/nats-sender.ts';
import { formatAddress } from '../../network/address.ts';
import type { Delivery } from '../../protocol/frame.ts';
import { openResultOutputs } from '../../results/options.ts';
import { ResultFeed } from '../../results/result-feed.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { FlowMeter } from '../../system/flow-meter.ts';
import type { Log } from '../../system/log.ts';
import { ServiceNotifier } from '../../system/systemd.ts';
import { createTcpSender } from '../../transport/connect/tcp-sender.ts';
import type { Work } from '../program.ts';
import { senderDisplay, summarizeSender } from './display.ts';
import { lookEarly } from './find.ts';
import { checkReceiverFile } from './join/receiver-file.ts';
import { readSenderSettings, type SenderSettings } from './settings.ts';

const noDetector = 'The receiver has no detector, so no results come: start it with --detect';

/** Sends the pictures of a source until it ends, the receiver is given up, or `stop` aborts. */
export const sendPictures: Work = async (run, terminal, stop) => {
  const settings = beginLook(readSenderSettings(run), stop.signal);
  const { sender: target } = settings;
  if (settings.nats === undefined && target.tls?.isJoined) {
    for (const line of checkReceiverFile()) terminal.warn(line);
    const where = formatAddress(target.host, target.port);
    terminal.info(`the receiver that was joined is at ${where}; --host chooses another`);
    if (run.options['name'] !== undefined) terminal.warn(describeUnusedName(target.name));
  }
  const outputs = await openResultOutputs(settings.results, terminal);
  const source = await settings.source.open(terminal, stop.signal);
  const { delivery } = settings;
  const notifier = ServiceNotifier.fromEnvironment(process.env, terminal, settings.source.intervalMs);
  const flow = new FlowMeter(() => notifier?.ready());
  const { bufferBytes, count } = settings.sender;
  const queue = createFrameQueue(source.frames, {
    meter: flow,
    delivery,
    isLive: source.isLive,
    bufferBytes,
    count,
    onDropped: (dropped) => terminal.warn(describeFullBuffer(bufferBytes, dropped)),
  });
  const sender = createSender(settings, delivery, queue, terminal);
  const feed = new ResultFeed(outputs, { camera: target.name, maxAgeMs: settings.results['result-max-age'] });
  if (outputs.length > 0) connectResults(sender, feed, terminal);
  const startedMs = performance.now();
  const display = senderDisplay(sender, source.frameCount);
  terminal.startLive(display);
  notifier?.watch(() => ({ isFlowing: flow.isFlowing(), status: display().join('  ') }), stop.signal);
  if (outputs.length > 0) feed.start();
  try {
    await sender.run(stop.signal);
  } finally {
    await feed.close();
    if (outputs.length > 0) terminal.info(feed.summary);
    stop.abort();
    terminal.stopLive();
    // The addon's threads must be at rest when the process ends.
    await queue.closed();
    if (sender.connects > 0 || sender.captured > 0)
      terminal.info(summarizeSender(sender, delivery, source.skipped, performance.now() - startedMs));
  }
  return undefined;
};

function describeUnusedName(name: string): string {
  return `--name ${name} is not used: this machine has joined, and the receiver calls it what image-receiver invite said`;
}

/** Says once when the receiver has no detector, as no results come then. */
function connectResults(sender: Sender, feed: ResultFeed, log: Log): void {
  let isTold = false;
  sender.onResult((result) => feed.take(result));
  sender.onWelcome((detector) => {
    if (detector === undefined && !isTold) log.warn(noDetector);
    isTold = detector === undefined;
  });
}

/** A camera may take two seconds to open, and so does a look for the receiver. */
function beginLook(settings: SenderSettings, signal: AbortSignal): SenderSettings {
  const { sender, nats } = settings;
  if (sender.find === undefined || nats !== undefined) return settings;
  return { ...settings, sender: { ...sender, find: lookEarly(sender.find, sender.port, signal) } };
}

function createSender({ sender, nats }: SenderSettings, delivery: Delivery, queue: FrameQueue, log: Log): Sender {
  if (nats === undefined) return createTcpSender({ ...sender, delivery }, queue, log);
  const { options, retention, stallAfterMs } = nats;
  return createNatsSender({ ...sender, nats: options, retention, stallAfterMs, delivery }, queue, log);
}

function describeFullBuffer(bufferBytes: number, dropped: number): string {
  return `Cannot keep every frame as --buffer holds ${formatBytes(bufferBytes)} and frames come faster than they are sent: ${dropped} dropped so far. A lower --fps, --size or --quality helps, or a larger --buffer`;
}
