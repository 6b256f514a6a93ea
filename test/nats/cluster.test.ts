import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { StreamProvisioner } from '../../src/nats/stream-provisioner.ts';
import { NatsCluster } from '../support/nats-cluster.ts';
import { scaleMs } from '../support/speed.ts';
import { TrialLog } from '../support/trial-log.ts';
import { until } from '../support/until.ts';
import { TrialSender } from './sending-trial.ts';
import { TrialSubscription } from './subscribing-trial.ts';

/** Until another server has the part of one that is gone, on a busy machine. */
const waitMs = scaleMs(120_000);

async function readStream(url = '') {
  const connection = await connect({ servers: url });
  const { config, cluster } = await (await jetstreamManager(connection)).streams.info('FRAMES');
  await connection.close();
  return { replicas: config.num_replicas, leader: cluster?.leader };
}

describe('a cluster', () => {
  test('of three goes on with senders and subscribers when the server that leads the stream is killed', {
    timeout: 3 * waitMs,
  }, async () => {
    await using cluster = await NatsCluster.start(3);
    const all = `nats://${cluster.urls.map((url) => url.slice('nats://'.length)).join(',')}`;
    const senders = ['every', 'latest'] as const;
    const trials = senders.map((delivery) => new TrialSender(all, delivery, { name: delivery, retention: 'newest' }));
    const subscriptions = [0, 1, 2].map(() => new TrialSubscription(all));
    const capture = setInterval(() => {
      for (const { camera } of trials) camera.capture();
    }, 50);
    try {
      const newest = () =>
        subscriptions.flatMap(({ handler }) => senders.map((name) => handler.sequences(name).at(-1) ?? 0));
      await until(() => newest().every((sequence) => sequence > 0), 'all to see all', waitMs);
      const { replicas, leader } = await readStream(cluster.urls[0]);
      assert.equal(replicas, 3);
      const before = Math.max(...newest());
      const led = cluster.servers.find(({ port }) => leader === `test-${port}`);
      await led?.kill();
      await until(() => newest().every((sequence) => sequence > before + 50), 'all to see newer ones', waitMs);
      const { leader: next } = await readStream(cluster.urls.find((url) => url !== led?.url));
      assert.notEqual(next, leader);
    } finally {
      clearInterval(capture);
      for (const one of [...subscriptions, ...trials]) await one[Symbol.asyncDispose]();
    }
  });

  test('of two has the stream on one, which is told of', async () => {
    await using cluster = await NatsCluster.start(2);
    const connection = await connect({ servers: cluster.urls });
    const log = new TrialLog();
    await new StreamProvisioner('newest', log).ensure(connection);
    await connection.close();
    assert.match(log.lines[1] ?? '', /^warn: the stream FRAMES has num_replicas 1 in a cluster, rather than 3: /);
    assert.equal((await readStream(cluster.urls[0])).replicas, 1);
  });
});
