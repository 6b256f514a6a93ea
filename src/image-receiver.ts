import process from 'node:process';
import { runProgram } from './cli/program.ts';
import { ConnectionLog } from './cli/receiver/connection-log.ts';
import { openIdentity } from './cli/receiver/identity.ts';
import { openInput } from './cli/receiver/input.ts';
import { receiverCommandLine } from './cli/receiver/options.ts';
import { readReceiverSettings } from './cli/receiver/settings.ts';
import { openReceiverSinks } from './cli/receiver/sinks.ts';
import { CameraRegistry } from './frames/camera-registry.ts';
import { summarize } from './metrics/summary.ts';
import { printService } from './service/service.ts';
import { Pipeline } from './sinks/pipeline.ts';
import { onAbort } from './system/abort.ts';
import { FairScheduler } from './system/fair-scheduler.ts';
import { ServiceNotifier } from './system/systemd.ts';

void runProgram(receiverCommandLine, async (run, terminal, stop) => {
  const settings = readReceiverSettings(run);
  if (run.isService) {
    const habits = { intervalMs: 0, endsByItself: settings.count > 0 || settings.durationMs > 0 };
    return printService(receiverCommandLine, run, habits, terminal);
  }
  const tls = await openIdentity(settings.tls, terminal);
  const cameras = new CameraRegistry();
  const scheduler = new FairScheduler();
  const sinks = await openReceiverSinks(settings, { cameras, scheduler, stop, tls, terminal });
  const listener = new ConnectionLog(cameras, terminal);
  const options = { cameras, listener, count: settings.count, onDone: () => stop.abort() };
  const pipeline = new Pipeline(sinks, options);
  try {
    const input = await openInput(
      { ...settings, listener: { ...settings.listener, scheduler } },
      tls,
      pipeline,
      terminal,
      stop,
    );
    pipeline.start();
    const notifier = ServiceNotifier.fromEnvironment(process.env, terminal);
    notifier?.ready();
    notifier?.watch(() => ({ isFlowing: pipeline.isFlowing(), status: listener.render().join('; ') }), stop.signal);
    terminal.startLive(() => listener.render());
    const timer = settings.durationMs === 0 ? undefined : setTimeout(() => stop.abort(), settings.durationMs);
    await new Promise<void>((resolve) => onAbort(stop.signal, resolve));
    clearTimeout(timer);
    await input.close();
  } finally {
    terminal.stopLive();
    await pipeline.close();
    for (const line of summarize({ cameras, sinks: () => pipeline.listStats() })) terminal.print(line);
  }
  return undefined;
});
