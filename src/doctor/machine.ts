import type { CameraInfo } from '../sources/camera-info.ts';

/** What the checks ask of the machine that they run on, so that tests can give them another. */
export interface Machine {
  /** The text of a small file; undefined where it cannot be read. */
  readText(path: string): Promise<string | undefined>;
  /** Names in a folder; none where it cannot be read. */
  list(folder: string): Promise<readonly string[]>;
  /** Whether this process may read and write a file. */
  canOpen(path: string): Promise<boolean>;
  /** Runs a program of the search path until `signal` aborts; undefined when it is not there. */
  run(command: string, args: readonly string[], signal: AbortSignal): Promise<CommandResult | undefined>;
  /** @throws CodedError ADDON_MISSING, ADDON_UNUSABLE */
  loadAddon(): void;
  listUsbCameras(): Promise<readonly CameraInfo[]>;
  /** Undefined: rpicam-apps are not installed. */
  listCsiCameras(signal: AbortSignal): Promise<readonly CameraInfo[] | undefined>;
  /** As Node names it: arm64, x64. */
  readonly architecture: string;
  readonly runtime: Runtime;
  /** Undefined where it has none. */
  readonly userName: string | undefined;
  /** How this program is started, from the folder that it was started in. */
  readonly ownCommand: string;
}

/** What runs this program. */
export interface Runtime {
  readonly kind: 'packaged' | 'Node' | 'Deno';
  readonly version: string;
}

export interface CommandResult {
  /** Whether it ended with 0. */
  readonly isGood: boolean;
  readonly output: string;
}
