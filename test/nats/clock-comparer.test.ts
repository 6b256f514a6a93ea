import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ClockComparer } from '../../src/nats/clock-comparer.ts';
import { answerClock } from '../../src/nats/clock-service.ts';
import { clockOf } from '../../src/nats/subjects.ts';
import { readMonotonicUs, readWallClockUs } from '../../src/system/clock.ts';
import { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/until.ts';
import { TrialPublisher, TrialSubscription } from './subscribing-trial.ts';

const aheadUs = 5_000_000_000;

/** A publisher whose monotonic clock began at another moment. */
function answerOtherClock(connection: NatsConnection, publisher: string, readAheadUs: () => number): void {
  connection.subscribe(clockOf(publisher), {
    callback: (_, message) => {
      const us = readMonotonicUs() + readAheadUs();
      message.respond(JSON.stringify({ receivedUs: us, sentUs: us, wallUs: readWallClockUs() + 2_000_000 }));
    },
  });
}

test('ClockComparer tells how late a frame is when its publisher counts from another moment', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  answerOtherClock(publisher.connection, 'trial', () => aheadUs);
  await using subscription = new TrialSubscription(server.url);
  const { handler } = subscription;
  let sequence = 0;
  const publish = async () => {
    const age = { us: 70_000, errorUs: 1000, atUs: readMonotonicUs() + aheadUs };
    await publisher.publish('a', ++sequence, { age, address: undefined });
  };
  await publish();
  await until(() => handler.frames.length === 1);
  assert.equal(handler.frames[0]?.latency, undefined);
  await until(async () => {
    await publish();
    return handler.frames.at(-1)?.latency !== undefined;
  });
  const { connection, latency } = handler.frames.at(-1) ?? {};
  const { us = 0, errorUs = 0 } = latency ?? {};
  assert.ok(us + errorUs >= 70_000 && us < 20e6, String(us));
  assert.ok(errorUs >= 1000, String(errorUs));
  assert.ok(Math.abs((connection?.wallOffsetUs ?? 0) - 2_000_000) < 1e6, String(connection?.wallOffsetUs));
});

test('ClockComparer knows nothing when nobody answers, answers are hostile, or frames have no age', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  for (const [id, answer] of [
    ['odd', '{"receivedUs":"1","sentUs":2,"wallUs":3}'],
    ['torn', '{"receivedUs":1'],
    ['null', 'null'],
    ['long', ' '.repeat(5000)],
    ['huge', '{"receivedUs":1e308,"sentUs":1e308,"wallUs":-1e308}'],
    ['never', '{"receivedUs":9e15,"sentUs":1,"wallUs":1e999}'],
  ] as const) {
    publisher.connection.subscribe(clockOf(id), { callback: (_, message) => void message.respond(answer) });
  }
  await using client = Object.assign(await connect({ servers: server.url }), {
    [Symbol.asyncDispose]: () => client.close(),
  });
  const over = new AbortController();
  const comparer = new ClockComparer();
  comparer.attach(client, over.signal);
  answerClock(publisher.connection, 'good');
  const measure = (id: string) => comparer.measure(id, { us: 1, errorUs: 1, atUs: 1 }, readMonotonicUs());
  const ids = ['odd', 'torn', 'null', 'long', 'huge', 'never', 'nobody'];
  for (const id of ids) measure(id);
  await until(() => measure('good') !== undefined);
  for (const id of ids) assert.equal(measure(id), undefined);
  assert.equal(comparer.measure('good', undefined, readMonotonicUs()), undefined);
  over.abort();
});

test('ClockComparer begins anew when a publisher was started again under the same name', async () => {
  await using server = await NatsServer.start();
  await using publisher = await TrialPublisher.open(server.url);
  let ahead = aheadUs;
  answerOtherClock(publisher.connection, 'trial', () => ahead);
  const comparer = new ClockComparer();
  const over = new AbortController();
  const measure = () => {
    const nowUs = readMonotonicUs();
    return comparer.measure('trial', { us: 0, errorUs: 0, atUs: nowUs + ahead }, nowUs)?.us;
  };
  comparer.attach(publisher.connection, over.signal);
  await until(() => measure() !== undefined);
  ahead = -aheadUs;
  // The next connection asks at once.
  comparer.attach(publisher.connection, over.signal);
  await until(() => Math.abs(measure() ?? Number.NaN) < 1e6);
  over.abort();
});

/** The subjects that a comparer with so many publishers asks on; the tests' timers are mocked. */
function askOf(publishers: number): string[] {
  const asked: string[] = [];
  const connection = {
    request: async (subject: string) => {
      asked.push(subject);
      const us = readMonotonicUs();
      return { data: new TextEncoder().encode(JSON.stringify({ receivedUs: us, sentUs: us, wallUs: us })) };
    },
  };
  const comparer = new ClockComparer();
  comparer.attach(connection as unknown as NatsConnection, new AbortController().signal);
  const age = { us: 0, errorUs: 0, atUs: 0 };
  for (let i = 0; i < publishers; i++) comparer.measure(`p${i}`, age, readMonotonicUs());
  return asked;
}

test('ClockComparer asks every publisher once before it asks any for the second time', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const asked = askOf(10);
  for (let i = 0; i < 19; i++) {
    mock.timers.tick(50);
    await setImmediate();
  }
  assert.equal(new Set(asked.slice(0, 10)).size, 10);
  assert.equal(new Set(asked.slice(10)).size, asked.length - 10);
});

test('ClockComparer asks more often when there are more publishers, within bounds', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  for (const [publishers, questions] of [
    [100, 20],
    [1000, 100],
    [10_000, 200],
  ] as const) {
    const asked = askOf(publishers);
    for (let ms = 0; ms < 1000; ms++) mock.timers.tick(1);
    assert.ok(Math.abs(asked.length - questions) <= 1, `${publishers}: ${asked.length}`);
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout'] });
  }
});
