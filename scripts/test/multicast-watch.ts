import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Child } from '../../test/support/child.ts';
import { projectRoot } from '../native/project.ts';

const startTimeoutMs = 20_000;
const port = 5353;

/** Counts the packets of multicast DNS that leave this machine, whichever of its programs sends them. */
export class MulticastWatch implements AsyncDisposable {
  readonly #child: Child | undefined;
  /** The reason why it cannot count; undefined: it counts. */
  readonly problem: string | undefined;

  private constructor(child: Child | undefined, problem: string | undefined) {
    this.#child = child;
    this.problem = problem;
  }

  /** @param before a command that runs the counter elsewhere: it gets the counter's own command as its last arguments */
  static async start(before: readonly string[] = []): Promise<MulticastWatch> {
    const problem = before.length > 0 ? undefined : await findProblem();
    if (problem !== undefined) return new MulticastWatch(undefined, problem);
    const script = join(projectRoot, 'scripts/test/multicast_watch.py');
    const [command = '', ...args] = [...before, 'python3', '-B', script];
    const child = new Child(command, args);
    try {
      await child.waitForLine('stdout', /^watching \d+$/, startTimeoutMs);
      return new MulticastWatch(child, undefined);
    } catch (error) {
      await child.stop();
      return new MulticastWatch(
        undefined,
        `its counter does not start: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  /** The interfaces of the packets so far, one entry for each packet. */
  get interfaces(): string[] {
    const lines = this.#child?.lines('stdout') ?? [];
    return lines.flatMap((line) => /^packet (.*)$/.exec(line)?.[1] ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.stop();
  }
}

async function findProblem(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root can watch interfaces';
  const tables = await Promise.all(
    ['udp', 'udp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const isUsed = tables.some((table) => table.split('\n').some((line) => line.trim().split(/\s+/)[1]?.endsWith(place)));
  return isUsed ? `another program uses port ${port} of UDP, as avahi-daemon does` : undefined;
}
