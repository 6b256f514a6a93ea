import process from 'node:process';
import { CodedError } from '../../errors.ts';
import { CameraMemory, readCameras } from '../../frames/camera-memory.ts';
import { CameraRegistry } from '../../frames/camera-registry.ts';
import { CameraForgetter } from '../../frames/forget-camera.ts';
import { ResultHub } from '../../frames/results/result-hub.ts';
import { renderMetrics } from '../../metrics/metrics.ts';
import { summarize } from '../../metrics/summary.ts';
import type { ControlServer } from '../../network/control/control-server.ts';
import { openSinks } from '../../sinks/open-sinks.ts';
import { Pipeline } from '../../sinks/pipeline.ts';
import { RecordingHub } from '../../sinks/recording-hub.ts';
import type { Sink } from '../../sinks/sink.ts';
import { onAbort } from '../../system/abort.ts';
import { FairScheduler } from '../../system/fair-scheduler.ts';
import { findStateFolder } from '../../system/state-folder.ts';
import { ServiceNotifier } from '../../system/systemd.ts';
import type { Work } from '../program.ts';
import { Announcing } from './announce.ts';
import { openControl } from './cameras/control.ts';
import { Members } from './cameras/members.ts';
import { adoptEarlier, placeIn, type ReceiverPlace } from './cameras/place.ts';
import { ConnectionLog } from './connection-log.ts';
import { watchExpected } from './expected.ts';
import { printReceivers } from './find.ts';
import { openIdentity } from './identity.ts';
import { openInput } from './input.ts';
import { announce } from './ready.ts';
import { type ReceiverSettings, readReceiverSettings } from './settings.ts';

/** Receives pictures until the wanted ones are there, the time is over, or `stop` aborts. */
export const receivePictures: Work = async (run, terminal, stop) => {
  if (run.options['find'] === true) return printReceivers(run, terminal, stop);
  const settings = readReceiverSettings(run);
  const tls = settings.tls === undefined ? undefined : await openIdentity(settings.tls, terminal);
  const place = findPlace(settings);
  if (place !== undefined) await adoptEarlier(place, settings.listener.port);
  const known = place === undefined ? [] : await readCameras(place.cameras, terminal);
  const { expectations } = settings;
  const cameras = new CameraRegistry(known, expectations?.names);
  const forgetter = new CameraForgetter(cameras, terminal);
  const announcing = new Announcing(settings.isAnnounced, terminal);
  if (place === undefined && settings.listener.isJoinedOnly) {
    const reason = 'as this receiver keeps no cameras: it needs a --port above 0 and a home folder';
    throw new CodedError('BAD_OPTION', `Cannot use --joined-only ${reason}`);
  }
  const members =
    place === undefined
      ? undefined
      : await Members.open(place.joined, {
          ...{ cameras, log: terminal, accept: settings.listener.accept },
          onTls: (own) => announcing.change({ tls: own }),
        });
  forgetter.membership = members;
  const scheduler = new FairScheduler();
  const sinks: Sink[] = [];
  const results = new ResultHub();
  const context = {
    ...{ cameras, forgetter, scheduler, stop, tls, log: terminal },
    takesEveryFrame: settings.takesEveryFrame,
    recordings: new RecordingHub(),
    results,
    inviter: members,
    print: (line: string) => terminal.print(line),
    // It is asked for when all sinks are open.
    renderMetrics: () => renderMetrics({ cameras, results, sinks: () => sinks.flatMap(({ stats }) => stats ?? []) }),
  };
  await openSinks(settings.sinks, context, sinks);
  const listener = new ConnectionLog(cameras, terminal);
  const pipeline = new Pipeline(sinks, { cameras, listener, count: settings.count, onDone: () => stop.abort() });
  const memory = place === undefined ? undefined : new CameraMemory(place.cameras, cameras, terminal);
  let control: ControlServer | undefined;
  try {
    const tlsBeside = tls === undefined ? await members?.openTlsBeside() : undefined;
    const shared = { tls, tlsBeside, scheduler, consumer: pipeline, terminal, stop, results };
    const input = await openInput(settings, { ...shared, joining: members?.joining });
    members?.begin(input, tls);
    results.onResult((result) => {
      if (input.sendResult?.(result) !== true) results.unsent++;
    });
    pipeline.start();
    if (expectations !== undefined) watchExpected(expectations.withinMs, cameras, terminal, stop.signal);
    // Not before the port is this receiver's.
    if (place !== undefined && members !== undefined) {
      control = await openControl(place.control, { cameras, forgetter, members, log: terminal });
    }
    // A script that waits for these words may then invite a camera.
    if (settings.subscription === undefined) announce(input.addresses, settings, terminal);
    const notifier = ServiceNotifier.fromEnvironment(process.env, terminal);
    notifier?.ready();
    notifier?.watch(() => ({ isFlowing: pipeline.isFlowing(), status: listener.render().join('; ') }), stop.signal);
    terminal.startLive(() => listener.render());
    announcing.start({ receiver: input.addresses, isTlsOnly: tls !== undefined, tls, sinks });
    await endOf(stop.signal, settings.durationMs, () => stop.abort());
    await announcing.close();
    await input.close();
  } finally {
    terminal.stopLive();
    await control?.close();
    await pipeline.close();
    await memory?.close();
    for (const line of summarize({ cameras, sinks: () => pipeline.listStats() })) terminal.print(line);
  }
  return undefined;
};

/**
 * The files for this port. A receiver on any free port is not the same at its next start, and one
 * that subscribes has no port.
 */
function findPlace({ listener, subscription }: ReceiverSettings): ReceiverPlace | undefined {
  const folder = findStateFolder();
  return folder === undefined || listener.port === 0 || subscription !== undefined
    ? undefined
    : placeIn(folder, listener);
}

/** @param durationMs after which `end` is called; 0: never */
async function endOf(signal: AbortSignal, durationMs: number, end: () => void): Promise<void> {
  const timer = durationMs === 0 ? undefined : setTimeout(end, durationMs);
  await new Promise<void>((resolve) => onAbort(signal, resolve));
  clearTimeout(timer);
}
