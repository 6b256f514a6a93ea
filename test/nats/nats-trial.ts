import type { NatsConnection } from '@nats-io/transport-node';
import { Nats, type NatsOptions } from '../../src/nats/nats.ts';
import { LineLog } from '../support/trial-log.ts';
import { until } from '../support/until.ts';

/** A NATS server's connections, and what is said of them. */
export class Trial implements AsyncDisposable {
  readonly log = new LineLog();
  readonly connections: NatsConnection[] = [];
  readonly overs: AbortSignal[] = [];
  readonly nats: Nats;
  readonly #stop = new AbortController();
  readonly running: Promise<void>;

  constructor(options: NatsOptions) {
    this.nats = new Nats(options, this.log);
    this.running = this.nats.run(async (connection, over) => {
      this.connections.push(connection);
      this.overs.push(over);
    }, this.#stop.signal);
    this.running.catch(() => undefined);
  }

  said(pattern: RegExp): Promise<void> {
    return until(() => this.log.lines.some((line) => pattern.test(line)), `a line ${pattern}`);
  }

  connected(count = 1): Promise<void> {
    return until(() => this.nats.connects >= count, `connection ${count}`);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.running.catch(() => undefined);
  }
}
