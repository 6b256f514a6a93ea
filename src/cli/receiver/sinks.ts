import type { CameraRegistry } from '../../frames/camera-registry.ts';
import { renderMetrics } from '../../metrics/metrics.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import { openSinks } from '../../sinks/open-sinks.ts';
import { RecordingHub } from '../../sinks/recording-hub.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { SinkContext } from '../../sinks/sink-module.ts';
import type { FairScheduler } from '../../system/fair-scheduler.ts';
import type { Terminal } from '../terminal.ts';
import type { ReceiverSettings } from './settings.ts';

/** The parts of the receiver that its sinks use. */
interface Shared {
  readonly cameras: CameraRegistry;
  readonly scheduler: FairScheduler;
  readonly stop: AbortController;
  readonly tls: TlsIdentity | undefined;
  readonly terminal: Terminal;
}

/** @throws CodedError as the modules of sinks say */
export async function openReceiverSinks(
  { sinks: wanted, takesEveryFrame }: ReceiverSettings,
  { terminal, ...shared }: Shared,
): Promise<readonly Sink[]> {
  const opened: Sink[] = [];
  const { cameras } = shared;
  // It is asked for when all are open.
  const sinks = () => opened.flatMap(({ stats }) => stats ?? []);
  const context: Omit<SinkContext, 'hasOthers'> = {
    ...shared,
    log: terminal,
    print: (line) => terminal.print(line),
    takesEveryFrame,
    recordings: new RecordingHub(),
    renderMetrics: () => renderMetrics({ cameras, sinks }),
  };
  await openSinks(wanted, context, opened);
  return opened;
}
