import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { CameraEventPublisher, type PublishedCamera } from '../../src/nats/camera-event-publisher.ts';
import { NatsServer } from '../support/nats-server.ts';
import { TrialLog } from '../support/trial-log.ts';
import { until } from '../support/until.ts';

const none = { frames: 0, reason: null };

function makeCamera(key: string, stream = `${key.replaceAll('.', '-')}-00000000`): PublishedCamera {
  return { key, name: key, stream: stream as PublishedCamera['stream'], address: undefined };
}

/** A publisher of some cameras, with a connection of its own. */
class Publisher implements AsyncDisposable {
  readonly log = new TrialLog();
  readonly connection: NatsConnection;
  readonly events: CameraEventPublisher;
  readonly #over = new AbortController();

  private constructor(connection: NatsConnection, id: string) {
    this.connection = connection;
    this.events = new CameraEventPublisher(id, this.log);
    this.events.attach(connection, this.#over.signal);
  }

  static async open(url: string, id: string): Promise<Publisher> {
    return new Publisher(await connect({ servers: url }), id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
    // Nobody gets the events that it still publishes.
    this.events.up(makeCamera('late'));
    this.#over.abort();
  }
}

describe('CameraEventPublisher', () => {
  test('hears of its own cameras alone, and of none that has gone', async () => {
    await using server = await NatsServer.start();
    await using own = await Publisher.open(server.url, 'own');
    await using other = await Publisher.open(server.url, 'other');
    const garden = makeCamera('garden');
    own.events.up(garden);
    own.events.up(makeCamera('door'));
    await own.connection.flush();
    const heard = () => own.connection.stats().inMsgs;
    const before = heard();
    for (let i = 0; i < 50; i++) other.events.up(makeCamera(`far-${i}`));
    own.events.down(garden, none);
    await own.connection.flush();
    other.events.up(makeCamera('garden', 'garden-11111111'));
    other.events.up(makeCamera('door', 'door-11111111'));
    await until(() => own.log.lines.length > 0, 'the rival to be told of');
    assert.deepEqual(own.log.lines, [
      'warn: other publishes a camera door too, and their pictures mix: --name at the senders tells them apart',
    ]);
    // Its own words, and the other's on the door.
    assert.ok(heard() - before < 10, `${heard() - before} messages`);
  });

  test('hears of its cameras over the next connection too', async () => {
    await using server = await NatsServer.start();
    await using own = await Publisher.open(server.url, 'own');
    own.events.up(makeCamera('garden'));
    await own.connection.close();
    const connection = await connect({ servers: server.url });
    own.events.attach(connection, new AbortController().signal);
    await connection.flush();
    await using other = await Publisher.open(server.url, 'other');
    other.events.up(makeCamera('garden', 'garden-11111111'));
    await until(() => own.log.lines.length > 0, 'the rival to be told of');
    await connection.close();
  });

  test('tells of two cameras whose names make one subject, here and at another', async () => {
    await using server = await NatsServer.start();
    await using own = await Publisher.open(server.url, 'own');
    await using other = await Publisher.open(server.url, 'other');
    await using listener = await Publisher.open(server.url, 'listener');
    const said: string[] = [];
    listener.connection.subscribe('events.a.b', {
      callback: (_, message) => {
        const { event, camera, publisher } = message.json<Record<string, string>>();
        if (publisher === 'own') said.push(`${event} ${camera}`);
      },
    });
    await listener.connection.flush();
    own.events.up(makeCamera('a.b'));
    own.events.up(makeCamera('a..b'));
    own.events.up(makeCamera('a..b'));
    assert.deepEqual(own.log.lines, [
      'warn: the cameras a.b and a..b are both published as frames.a.b, and their pictures mix: --name at the senders tells them apart',
    ]);
    await own.connection.flush();
    other.events.up(makeCamera('a...b'));
    await until(() => own.log.lines.length > 1, 'the rival to be told of');
    assert.match(own.log.lines[1] ?? '', /^warn: other publishes a camera a\.b, a\.\.b too/);
    own.events.down(makeCamera('a.b'), none);
    await until(() => {
      const gone = said.indexOf('down a.b');
      return gone >= 0 && said.indexOf('up a..b', gone) >= 0;
    }, 'the one that is left to be told of');
  });
});
