import type { CameraRegistry } from '../frames/camera-registry.ts';
import type { CameraForgetter } from '../frames/forget-camera.ts';
import type { ResultHub } from '../frames/results/result-hub.ts';
import type { TlsIdentity } from '../network/tls/identity.ts';
import type { Options, Values } from '../options/option.ts';
import type { FairScheduler } from '../system/fair-scheduler.ts';
import type { Log } from '../system/log.ts';
import type { CameraInviter } from './camera-inviter.ts';
import type { RecordingHub } from './recording-hub.ts';
import type { Sink } from './sink.ts';

/** One kind of sink: README.md says how to add one. */
export interface SinkModule<R extends Options = Options, Settings = unknown> {
  /** Names its folder, and the table of its options. */
  readonly name: string;
  /** For the list of sinks: says what it does. */
  readonly describe: string;
  readonly options: R;
  /** Whether its user needs no line of text for each frame as well. */
  readonly replacesLines?: true;
  /** Bytes of frames that it may hold. The memory of a service has room for them. */
  readonly memoryBytes?: number;
  /**
   * How it is to be opened; undefined: the options do not ask for it.
   * @throws CodedError BAD_OPTION
   */
  read(values: Values<R>): Settings | undefined;
  /** Whether it is opened only where no other sink replaces lines. */
  isFallback?(settings: Settings): boolean;
  /**
   * @throws CodedError BAD_OPTION, OUTPUT_FAILED, LISTEN_FAILED, WINDOW_FAILED, ADDON_MISSING,
   * ADDON_UNUSABLE
   */
  open(settings: Settings, context: SinkContext): Promise<Sink>;
}

/** The surroundings of a sink. */
export interface SinkContext {
  readonly cameras: CameraRegistry;
  readonly forgetter: CameraForgetter;
  readonly log: Log;
  /** Aborted when the program ends. A sink that cannot go on aborts it, with the reason. */
  readonly stop: AbortController;
  /** Shares the time of the program among all connections. */
  readonly scheduler: FairScheduler;
  /** Undefined: no TLS. */
  readonly tls: TlsIdentity | undefined;
  /**
   * Whether each frame is asked for on purpose (--batch, --replay): a reader that is slow is then
   * waited for.
   */
  readonly takesEveryFrame: boolean;
  /**
   * Whether other sinks are wanted too: the program goes on when this one has no reader any more.
   */
  readonly hasOthers: boolean;
  readonly recordings: RecordingHub;
  /** Results of the detector, where there is one. */
  readonly results: ResultHub;
  /** Undefined: no camera can join this receiver. */
  readonly inviter: CameraInviter | undefined;
  /** Prints a line among those of the program, above its live display. */
  print(line: string): void;
  /** The figures of all cameras and sinks, as Prometheus reads them. */
  renderMetrics(): { readonly type: string; readonly text: string };
}

/** Has the compiler hold a module to its own options. */
export function defineSink<R extends Options, Settings>(module: SinkModule<R, Settings>): SinkModule<R, Settings> {
  return module;
}
