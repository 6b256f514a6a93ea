import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Scratch } from '../../scripts/cli/scratch.ts';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child } from './child.ts';
import { formatNatsConfig, type NatsServerOptions } from './nats-config.ts';
import { findFreePort } from './ports.ts';

// Not everybody's PATH holds /usr/sbin.
const SERVER = '/usr/sbin/nats-server';
const START_TIMEOUT_MS = 20_000;
const END_TIMEOUT_MS = 10_000;

/** Debian's nats-server on 127.0.0.1, with JetStream; `await using` ends it and removes what it kept. */
export class NatsServer implements AsyncDisposable {
  /** Stays the same over every restart. */
  readonly port: number;
  readonly #scratch = new Scratch('nats');
  #child: Child | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  /** Returns when it takes connections; throws with the last lines of its log where it does not come up in 20 s. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    await installPackages(['nats-server'], 'tests against a NATS server');
    const port = await findFreePort();
    const server = new NatsServer(port);
    try {
      const config = formatNatsConfig(`test-${port}`, port, join(server.#scratch.path, 'store'), options);
      await writeFile(server.#configPath, config, { mode: 0o600 });
      await server.#launch();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Of the process that was started last. */
  get pid(): number {
    if (this.#child === undefined) throw new Error('Cannot tell the process id as the server was not started');
    return this.#child.pid;
  }

  /** Its log since it was started last. */
  get log(): readonly string[] {
    return this.#child?.lines('stderr') ?? [];
  }

  /** SIGKILL; returns when it is gone. */
  async kill(): Promise<void> {
    this.#child?.signal('SIGKILL');
    await this.#child?.wait(END_TIMEOUT_MS);
  }

  /** SIGTERM; returns when it has ended by itself. */
  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** Starts it again with the same port and store, also after kill() and stop(). */
  async restart(): Promise<void> {
    await this.stop();
    await this.#launch();
  }

  /** SIGSTOP; returns when it stands still: its connections stay open and nothing is answered. */
  async suspend(): Promise<void> {
    this.#child?.signal('SIGSTOP');
    // The signal is on its way for a moment, and an answer can still come.
    const deadline = performance.now() + END_TIMEOUT_MS;
    while (!(await isStopped(this.pid))) {
      if (performance.now() > deadline) throw new Error(`Process ${this.pid} did not stop in ${END_TIMEOUT_MS} ms`);
      await setTimeout(1);
    }
  }

  /** SIGCONT. */
  resume(): void {
    this.#child?.signal('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#scratch[Symbol.dispose]();
  }

  get #configPath(): string {
    return join(this.#scratch.path, 'server.conf');
  }

  async #launch(): Promise<void> {
    // It goes with this process even where that is killed and no exit handler runs.
    const command = ['--pdeathsig', 'KILL', SERVER, '--config', this.#configPath];
    this.#child = new Child('setpriv', command);
    await this.#child.waitForLine('stderr', /Server is ready/, START_TIMEOUT_MS);
  }
}

async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(
    // A thread that has ended meanwhile answers nothing either.
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ') T ')),
  );
  return states.every((text) => text.includes(') T '));
}
