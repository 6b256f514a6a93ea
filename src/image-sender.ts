import process from 'node:process';
import { runProgram, type Work } from './cli/program.ts';
import { senderCommandLine } from './cli/sender/commands.ts';
import { senderDisplay, summarizeSender } from './cli/sender/display.ts';
import { printCameras, printDiagnosis } from './cli/sender/reports.ts';
import { readSenderSettings, type SenderSettings } from './cli/sender/settings.ts';
import { createFrameQueue } from './delivery/create-queue.ts';
import type { FrameQueue } from './delivery/frame-queue.ts';
import { createNatsSender } from './nats/sending/nats-sender.ts';
import type { Delivery } from './protocol/frame.ts';
import { printService } from './service/service.ts';
import { checkCommand } from './service/unit.ts';
import { formatBytes } from './system/byte-units.ts';
import { FlowMeter } from './system/flow-meter.ts';
import type { Log } from './system/log.ts';
import { ServiceNotifier } from './system/systemd.ts';
import { createTcpSender } from './transport/connect/tcp-sender.ts';

void runProgram(senderCommandLine, (run, terminal, stop) => {
  if (run.isService) return printSenderService(run, terminal, stop);
  if (run.command === 'doctor') return printDiagnosis(run, terminal, stop);
  if (run.options['list'] === true) return printCameras(run, terminal, stop);
  return send(run, terminal, stop);
});

const printSenderService: Work = (run, terminal) => {
  checkCommand({ commandLine: senderCommandLine, command: run.command });
  const { source, sender } = readSenderSettings(run);
  const habits = { intervalMs: source.intervalMs, endsByItself: source.endsByItself || sender.count > 0 };
  return printService(senderCommandLine, run, habits, terminal);
};

function createSender({ sender, nats }: SenderSettings, delivery: Delivery, queue: FrameQueue, log: Log) {
  if (nats === undefined) return createTcpSender({ ...sender, delivery }, queue, log);
  const { options, retention, stallAfterMs } = nats;
  return createNatsSender({ ...sender, nats: options, retention, stallAfterMs, delivery }, queue, log);
}

const send: Work = async (run, terminal, stop) => {
  const settings = readSenderSettings(run);
  const source = await settings.source.open(terminal, stop.signal);
  const delivery = settings.delivery ?? source.delivery;
  const notifier = ServiceNotifier.fromEnvironment(process.env, terminal);
  const flow = new FlowMeter(() => notifier?.ready());
  const queue = createFrameQueue(source.frames, {
    meter: flow,
    delivery,
    isLive: source.isLive,
    ...settings.sender,
    onDropped: (dropped) =>
      terminal.warn(
        `Cannot keep every frame as --buffer holds ${formatBytes(settings.sender.bufferBytes)} and frames come faster than they are taken: ${dropped} dropped so far. A lower --fps, --size or --quality helps, or a larger --buffer`,
      ),
  });
  const sender = createSender(settings, delivery, queue, terminal);
  const startedMs = performance.now();
  const display = senderDisplay(sender, settings, source.frameCount);
  terminal.startLive(display);
  notifier?.watch(() => ({ isFlowing: flow.isFlowing(), status: display().join('  ') }), stop.signal);
  try {
    await sender.run(stop.signal);
  } finally {
    stop.abort();
    terminal.stopLive();
    // The addon's threads must be at rest when the process ends.
    await queue.closed();
    if (sender.connects > 0 || sender.captured > 0)
      terminal.info(summarizeSender(sender, delivery, source.skipped, performance.now() - startedMs));
  }
  return undefined;
};
