import { join } from 'node:path';
import process from 'node:process';
import { CameraMemory, readCameras } from '../../frames/camera-memory.ts';
import { CameraRegistry } from '../../frames/camera-registry.ts';
import { renderMetrics } from '../../metrics/metrics.ts';
import { summarize } from '../../metrics/summary.ts';
import { openSinks } from '../../sinks/open-sinks.ts';
import { Pipeline } from '../../sinks/pipeline.ts';
import { RecordingHub } from '../../sinks/recording-hub.ts';
import type { Sink } from '../../sinks/sink.ts';
import { onAbort } from '../../system/abort.ts';
import { FairScheduler } from '../../system/fair-scheduler.ts';
import { findStateFolder } from '../../system/state-folder.ts';
import { ServiceNotifier } from '../../system/systemd.ts';
import type { Work } from '../program.ts';
import { ConnectionLog } from './connection-log.ts';
import { openIdentity } from './identity.ts';
import { openInput } from './input.ts';
import { type ReceiverSettings, readReceiverSettings } from './settings.ts';

/** Receives pictures until the wanted ones are there, the time is over, or `stop` aborts. */
export const receivePictures: Work = async (run, terminal, stop) => {
  const settings = readReceiverSettings(run);
  const tls = await openIdentity(settings.tls, terminal);
  const memory = findMemory(settings);
  const cameras = new CameraRegistry(memory === undefined ? [] : await readCameras(memory, terminal));
  const scheduler = new FairScheduler();
  const sinks: Sink[] = [];
  const context = {
    ...{ cameras, scheduler, stop, tls, log: terminal },
    takesEveryFrame: settings.takesEveryFrame,
    recordings: new RecordingHub(),
    print: (line: string) => terminal.print(line),
    // It is asked for when all sinks are open.
    renderMetrics: () => renderMetrics({ cameras, sinks: () => sinks.flatMap(({ stats }) => stats ?? []) }),
  };
  await openSinks(settings.sinks, context, sinks);
  const listener = new ConnectionLog(cameras, terminal);
  const pipeline = new Pipeline(sinks, { cameras, listener, count: settings.count, onDone: () => stop.abort() });
  const kept = memory === undefined ? undefined : new CameraMemory(memory, cameras, terminal);
  try {
    const input = await openInput(settings, { tls, scheduler, consumer: pipeline, terminal, stop });
    pipeline.start();
    const notifier = ServiceNotifier.fromEnvironment(process.env, terminal);
    notifier?.ready();
    notifier?.watch(() => ({ isFlowing: pipeline.isFlowing(), status: listener.render().join('; ') }), stop.signal);
    terminal.startLive(() => listener.render());
    await endOf(stop.signal, settings.durationMs, () => stop.abort());
    await input.close();
  } finally {
    terminal.stopLive();
    await pipeline.close();
    await kept?.close();
    for (const line of summarize({ cameras, sinks: () => pipeline.listStats() })) terminal.print(line);
  }
  return undefined;
};

/**
 * The file for the cameras of this port. A receiver on any free port is not the same at its next
 * start, and one that subscribes has no port.
 */
function findMemory({ listener: { port }, subscription }: ReceiverSettings): string | undefined {
  const folder = findStateFolder();
  if (folder === undefined || port === 0 || subscription !== undefined) return undefined;
  return join(folder, `cameras-${port}.json`);
}

/** @param durationMs after which `end` is called; 0: never */
async function endOf(signal: AbortSignal, durationMs: number, end: () => void): Promise<void> {
  const timer = durationMs === 0 ? undefined : setTimeout(end, durationMs);
  await new Promise<void>((resolve) => onAbort(signal, resolve));
  clearTimeout(timer);
}
