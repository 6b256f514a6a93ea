import type { CameraInfo } from '../sources/camera-info.ts';

/** The machine that the checks run on. Tests give them another. */
export interface Machine {
  /** The text of a small file; undefined where it cannot be read. */
  readText(path: string): Promise<string | undefined>;
  /** The names in a folder; none where it cannot be read. */
  list(folder: string): Promise<readonly string[]>;
  /** Whether this process may read and write a file. */
  canOpen(path: string): Promise<boolean>;
  /** Runs a program of the search path until `signal` aborts; undefined where it is not there. */
  run(command: string, args: readonly string[], signal: AbortSignal): Promise<CommandResult | undefined>;
  /** @throws CodedError ADDON_MISSING, ADDON_UNUSABLE */
  loadAddon(): void;
  listUsbCameras(): Promise<readonly CameraInfo[]>;
  /** Undefined: rpicam-apps are not installed. */
  listCsiCameras(signal: AbortSignal): Promise<readonly CameraInfo[] | undefined>;
  /** Whether a program listens on that port of TCP here; undefined where the system does not say it. */
  isListening(port: number): Promise<boolean | undefined>;
  /** The name that Node uses: arm64, x64. */
  readonly architecture: string;
  readonly runtime: Runtime;
  /** Undefined where the user has none. */
  readonly userName: string | undefined;
  /** The command that starts this program, from the folder that it was started in. */
  readonly ownCommand: string;
  /** The command that puts the right addon beside this program. */
  readonly addonCommand: string;
}

/** The runtime of this program. */
export interface Runtime {
  readonly kind: 'packaged' | 'Node' | 'Deno';
  readonly version: string;
}

export interface CommandResult {
  /** Whether it ended with status 0. */
  readonly isGood: boolean;
  readonly output: string;
}
