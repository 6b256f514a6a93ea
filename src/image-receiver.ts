import process from 'node:process';
import { runProgram } from './cli/program.ts';
import { openIdentity } from './cli/receiver/identity.ts';
import { openInput } from './cli/receiver/input.ts';
import { ReceiverJournal } from './cli/receiver/journal.ts';
import { receiverCommandLine } from './cli/receiver/options.ts';
import { readReceiverSettings } from './cli/receiver/settings.ts';
import { SinkOpener } from './cli/receiver/sinks.ts';
import { CameraRegistry } from './frames/camera-registry.ts';
import { summarize } from './metrics/summary.ts';
import { printService } from './service/service.ts';
import { FanOut } from './sinks/fan-out.ts';
import { onAbort } from './system/abort.ts';
import { FairScheduler } from './system/fair-scheduler.ts';
import { ServiceNotifier } from './system/systemd.ts';

void runProgram(receiverCommandLine, async (run, terminal, stop) => {
  const settings = readReceiverSettings(run.options);
  if (run.isService) {
    const habits = { intervalMs: 0, endsByItself: settings.count > 0 || settings.durationMs > 0 };
    return printService(receiverCommandLine, run, habits, terminal);
  }
  const tls = await openIdentity(settings.tls, terminal);
  const cameras = new CameraRegistry();
  const scheduler = new FairScheduler();
  const opener = new SinkOpener(cameras, terminal, stop, scheduler);
  const sinks = new FanOut(await opener.open(settings, tls), settings.count, () => stop.abort());
  const journal = new ReceiverJournal(sinks, cameras, terminal);
  try {
    const input = await openInput(
      { ...settings, listener: { ...settings.listener, scheduler } },
      tls,
      { handler: journal, wanted: () => sinks.wanted },
      terminal,
      stop,
    );
    sinks.start();
    const notifier = ServiceNotifier.fromEnvironment(process.env, terminal);
    notifier?.ready();
    notifier?.watch(() => ({ isFlowing: sinks.isFlowing(), status: journal.render().join('; ') }), stop.signal);
    terminal.startLive(() => journal.render());
    const timer = settings.durationMs === 0 ? undefined : setTimeout(() => stop.abort(), settings.durationMs);
    await new Promise<void>((resolve) => onAbort(stop.signal, resolve));
    clearTimeout(timer);
    await input.close();
  } finally {
    terminal.stopLive();
    await sinks.close();
    for (const line of summarize({ cameras, sinks: () => sinks.listStats() })) terminal.print(line);
  }
  return undefined;
});
