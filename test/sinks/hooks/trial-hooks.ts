import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../../../src/errors.ts';
import { CameraRegistry } from '../../../src/frames/camera-registry.ts';
import type { ConnectionStats } from '../../../src/frames/received-frame.ts';
import type { DetectionRule } from '../../../src/frames/results/detection-rule.ts';
import type { HookKind } from '../../../src/sinks/hooks/hook-event.ts';
import { type HookSettings, HooksSink } from '../../../src/sinks/hooks/hooks-sink.ts';
import { readChildCommand } from '../../../src/system/child-command.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';
import { TrialLog } from '../../support/trial-log.ts';
import { until } from '../../support/until.ts';

export interface TrialSettings {
  /** For /bin/sh, by kind of event; $DIR is a folder of the trial. */
  readonly scripts: Partial<Record<HookKind, string>>;
  readonly stallAfterMs?: number;
  readonly frameEvery?: number;
  readonly timeoutMs?: number;
  readonly detectHoldMs?: number;
  readonly detectRule?: DetectionRule;
}

/** Hooks that write into a folder. */
export class TrialHooks {
  readonly log = new TrialLog();
  readonly cameras = new CameraRegistry();
  readonly sink: HooksSink;
  readonly #directory: string;

  static async open({
    scripts,
    stallAfterMs = 60_000,
    frameEvery = 1,
    timeoutMs = 20_000,
    ...detecting
  }: TrialSettings) {
    const { detectHoldMs = 60_000, detectRule } = detecting;
    const directory = await mkdtemp(join(tmpdir(), 'hooks-'));
    const read = async ([kind, script]: [string, string]) =>
      [kind, await readChildCommand(`DIR='${directory}'; ${script}`, true)] as const;
    const commands = Object.fromEntries(await Promise.all(Object.entries(scripts).map(read)));
    return new TrialHooks(directory, { ...commands, stallAfterMs, frameEvery, timeoutMs, detectHoldMs, detectRule });
  }

  private constructor(directory: string, settings: HookSettings) {
    this.#directory = directory;
    this.sink = new HooksSink(this.cameras, settings, this.log);
  }

  connect(over: Partial<ConnectionStats>) {
    const sender = makeSender(over);
    const camera = this.cameras.connected(sender);
    const send = (sequence: number, jpeg = new Uint8Array(10).fill(sequence)) => {
      const frame = makeReceived({ connection: sender, sequence, jpeg });
      this.cameras.countFrame(frame);
      return this.sink.write(frame);
    };
    const leave = (failure?: ErrorCode) => this.cameras.disconnected(sender, failure);
    return { sender, camera, send, leave };
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /** A file that the commands have made, or will soon. */
  async read(name: string): Promise<string> {
    await until(() => existsSync(this.path(name)), name);
    return await readFile(this.path(name), 'utf8');
  }

  /** Nothing runs or waits. */
  async settled(count: number): Promise<void> {
    const over = () => this.sink.stats.done + this.sink.stats.failures + this.sink.stats.dropped;
    await until(() => over() >= count, `${count} hooks`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sink.close();
    await rm(this.#directory, { recursive: true });
  }
}
