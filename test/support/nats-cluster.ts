import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsServerOptions } from './nats-config.ts';
import { NatsServer } from './nats-server.ts';
import { findFreePorts } from './ports.ts';
import { scaleMs } from './speed.ts';

const ROUTE_TIMEOUT_MS = scaleMs(20_000);
const LOOK_EVERY_MS = 20;
const LOOK_TIMEOUT_MS = 2000;

/** Servers that pass each other's messages on; `await using` ends them all. */
export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  /**
   * Returns when all are connected and, with JetStream, have chosen a leader. JetStream goes on without one server only
   * where more than half are left: two serve for what needs no JetStream, three for what does.
   */
  static async start(size: number, options: NatsServerOptions = {}): Promise<NatsCluster> {
    const ports = await findFreePorts(size);
    const starts = ports.map((port) =>
      NatsServer.start({ ...options, cluster: { port, peers: ports.filter((peer) => peer !== port) } }),
    );
    const outcomes = await Promise.allSettled(starts);
    const servers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const cluster = new NatsCluster(servers);
    try {
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      await cluster.#waitForRoutes(options.jetstream !== false);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** Addresses of all, as a client takes them. */
  get urls(): string[] {
    return this.servers.map(({ url }) => url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }

  async #waitForRoutes(jetstream: boolean): Promise<void> {
    const deadline = performance.now() + ROUTE_TIMEOUT_MS;
    while (!(await this.#isReady(jetstream))) {
      if (performance.now() > deadline) {
        const logs = this.servers.map(({ port, log }) => `${port}:\n${log.slice(-15).join('\n')}`);
        throw new Error(`Servers did not find each other in ${ROUTE_TIMEOUT_MS} ms; their logs:\n${logs.join('\n')}`);
      }
      await setTimeout(LOOK_EVERY_MS);
    }
  }

  async #isReady(jetstream: boolean): Promise<boolean> {
    if (!this.servers.every(({ log }) => hasRoutes(log, this.servers.length - 1))) return false;
    if (!jetstream) return true;
    const hasJetStream = await Promise.all(this.urls.map((url) => canKeep(url, this.servers.length)));
    return hasJetStream.every(Boolean);
  }
}

function hasRoutes(log: readonly string[], peers: number): boolean {
  const count = (pattern: RegExp) => log.filter((line) => pattern.test(line)).length;
  // Two that call each other at once give one of the two connections up.
  return count(/Route connection created/) - count(/Router connection closed/) >= peers;
}

/** Whether a server can have a stream on so many, which it can when it knows the leader, and that all of them. Its log does not always tell. */
async function canKeep(url: string, replicas: number): Promise<boolean> {
  const connection = await connect({ servers: url });
  try {
    const { streams } = await jetstreamManager(connection, { timeout: LOOK_TIMEOUT_MS });
    const name = `READY-${randomUUID()}`;
    await streams.add({ name, subjects: [name], num_replicas: replicas });
    return await streams.delete(name);
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
