import { readSent } from '../../test/e2e/faults-figures.ts';
import type { Child, Ending } from '../../test/support/child.ts';
import type { SteppedClock } from '../../test/support/clock.ts';
import { type Runtime, soonMs, startProgram } from '../../test/support/programs.ts';
import { makePicture } from './numbered-picture.ts';
import { PictureSource } from './picture-source.ts';

export interface TrialSenderOptions {
  readonly runtime: Runtime;
  /** Name of the camera, unlike every other of the run. */
  readonly name: string;
  readonly args: readonly string[];
  /** A command that runs the program, as `before` of `ProgramOptions`. */
  readonly before?: readonly string[];
  readonly clock?: SteppedClock;
  readonly intervalMs: number;
  /** About the length of each picture. */
  readonly bytes: number;
  /** Called with each line of standard error. */
  readonly onMessage?: (line: string) => void;
}

/** One life of a sender. */
export interface SenderRun {
  /** As the numbers of its pictures tell. */
  readonly id: string;
  readonly child: Child;
  readonly source: PictureSource;
  /** It was ended before its pictures were. */
  isCutShort: boolean;
  ending: Ending | undefined;
}

/** `image-sender pipe` with numbered pictures, which is killed and started again. */
export class TrialSender implements AsyncDisposable {
  readonly options: TrialSenderOptions;
  readonly runs: SenderRun[] = [];

  constructor(options: TrialSenderOptions) {
    this.options = options;
  }

  get name(): string {
    return this.options.name;
  }

  /** Of its life now. */
  get pid(): number | undefined {
    return this.runs.at(-1)?.child.pid;
  }

  /** Returns when it has said its first words: that it is connected, or why not. */
  async start(): Promise<void> {
    const { runtime, name, args, before = [], clock, intervalMs, bytes } = this.options;
    const id = `${name}-${this.runs.length + 1}`;
    const make = (number: number) => makePicture({ run: id, number }, bytes);
    const source = await PictureSource.open({ name: id, intervalMs, make });
    const options = {
      ...{ before, stdin: source.stdin, onLine: this.options.onMessage ?? (() => undefined) },
      ...(clock === undefined ? {} : { env: clock.env }),
    };
    const child = startProgram(runtime, 'image-sender', ['pipe', '--name', name, ...args], options);
    this.runs.push({ id, child, source, isCutShort: false, ending: undefined });
    await source.start();
    await child.waitForLine('stderr', /./, soonMs);
  }

  signal(signal: NodeJS.Signals): void {
    this.runs.at(-1)?.child.signal(signal);
  }

  /** SIGKILL; returns when it is gone, and with it the frames that it had. */
  async kill(): Promise<void> {
    await this.#cutShort('SIGKILL');
  }

  /** SIGTERM; returns when it has ended, and waited for the acknowledgements of the frames that it had sent. */
  async stop(): Promise<void> {
    await this.#cutShort('SIGTERM');
  }

  /** The pictures end: the sender sends those that it has, and ends by itself. @throws Error where it does not in this time */
  async finish(timeoutMs: number): Promise<void> {
    const run = this.runs.at(-1);
    if (run === undefined || run.ending !== undefined) return;
    await run.source.end();
    run.ending = await run.child.wait(timeoutMs);
  }

  async #cutShort(signal: NodeJS.Signals): Promise<void> {
    const run = this.runs.at(-1);
    if (run === undefined) return;
    run.isCutShort = true;
    run.child.signal(signal);
    run.ending = await run.child.wait(soonMs);
    run.source.abandon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, source } of this.runs) {
      await child.stop();
      source.abandon();
    }
  }
}

/** The frames that a sender told of when it ended: those that arrived for certain, those that may have, and all. */
export function readFigures({ child }: SenderRun): { sent: number; uncertain: number; all: number } {
  const lines = child.lines('stderr').filter((line) => / sent \d+ frames?,/.test(line));
  const { frames, dropped, uncertain } = readSent({ lines: () => lines });
  return { sent: frames, uncertain, all: frames + dropped };
}
