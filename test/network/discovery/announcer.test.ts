import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Announcer } from '../../../src/network/discovery/announcer.ts';
import type { LocalNetwork } from '../../../src/network/discovery/local-networks.ts';
import type { Multicast, MulticastListener } from '../../../src/network/discovery/multicast-socket.ts';
import { receiverType } from '../../../src/network/discovery/service-records.ts';
import type { DnsMessage, DnsRecord } from '../../../src/protocol/dns/dns-message.ts';
import { FakeTime } from '../../support/fake-time.ts';

const network: LocalNetwork = { name: 'eth0', address: '192.168.1.5', mask: '255.255.255.0', ipv6: [] };
const service = { type: receiverType, label: 'garden', port: 8080, texts: ['v=2'], listens: ['0.0.0.0'] };
const asker = { network, address: '192.168.1.9', port: 5353 };
const question: DnsMessage = {
  id: 7,
  isResponse: false,
  questions: [{ name: receiverType, type: 12 }],
  answers: [],
  claims: [],
};

/** The networks of a machine, without a socket. */
class FakeNetworks implements Multicast {
  networks: LocalNetwork[] = [network];
  readonly sent: DnsMessage[] = [];
  readonly replies: DnsMessage[] = [];
  isClosed = false;
  listener: MulticastListener | undefined;
  refreshes = 0;

  refresh(): void {
    this.refreshes++;
  }

  async send(_network: LocalNetwork, message: DnsMessage): Promise<void> {
    this.sent.push(message);
  }

  async reply(_source: object, message: DnsMessage): Promise<void> {
    this.replies.push(message);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** The names of the services in what was sent to all as an answer. */
  get labels(): (string | undefined)[] {
    return this.answers.map(({ answers }) => answers.find(({ type }) => type === 'SRV')?.name[0]);
  }

  get answers(): DnsMessage[] {
    return this.sent.filter(({ isResponse }) => isResponse);
  }
}

async function start(): Promise<{ announcer: Announcer; fake: FakeNetworks }> {
  const fake = new FakeNetworks();
  const announcer = await Announcer.start([service], async (listener) => {
    fake.listener = listener;
    return fake;
  });
  return { announcer, fake };
}

/** Another machine has that name. */
function claim(label: string, target: string, isResponse: boolean): DnsMessage {
  const name = [label, ...receiverType];
  const records: DnsRecord[] = [{ name, ttl: 120, isUnique: true, type: 'SRV', target: [target, 'local'], port: 1 }];
  return {
    ...question,
    questions: [],
    isResponse,
    answers: isResponse ? records : [],
    claims: isResponse ? [] : records,
  };
}

describe('an announcer', () => {
  test('asks three times whether its names are free, and announces them twice', async () => {
    using time = new FakeTime();
    const { announcer, fake } = await start();
    await time.pass(740);
    assert.equal(fake.sent.length, 3);
    assert.ok(fake.sent.every(({ isResponse, claims }) => !isResponse && claims.length > 0));
    await time.pass(20);
    assert.deepEqual(fake.labels, ['garden']);
    await time.pass(1000);
    assert.deepEqual(fake.labels, ['garden', 'garden']);
    await announcer.close();
  });

  test('takes another name where one is taken, or is about to be', async () => {
    using time = new FakeTime();
    const { announcer, fake } = await start();
    fake.listener?.received(claim('garden', 'other', true), asker);
    await time.pass(260);
    // The greater one of two names of machines wins.
    fake.listener?.received(claim('GARDEN (2)', 'zzz', false), asker);
    await time.pass(260);
    fake.listener?.received(claim('garden (3)', 'aaa', false), asker);
    await time.pass(800);
    assert.deepEqual(fake.labels, ['garden (3)']);
    await announcer.close();
  });

  test('answers all questions of a second together', async () => {
    using time = new FakeTime();
    const { announcer, fake } = await start();
    await time.pass(4000);
    const before = fake.answers.length;
    for (let i = 0; i < 1000; i++) fake.listener?.received(question, asker);
    await time.pass(130);
    assert.equal(fake.answers.length, before + 1);
    for (let i = 0; i < 1000; i++) fake.listener?.received(question, asker);
    await time.pass(500);
    assert.equal(fake.answers.length, before + 1);
    await time.pass(1000);
    assert.equal(fake.answers.length, before + 2);
    await announcer.close();
  });

  test('answers another port alone, and not without end', async () => {
    using time = new FakeTime();
    const { announcer, fake } = await start();
    await time.pass(2000);
    const before = fake.answers.length;
    for (let i = 0; i < 1000; i++) fake.listener?.received(question, { ...asker, port: 40_000 });
    await time.pass(130);
    assert.equal(fake.answers.length, before);
    assert.equal(fake.replies.length, 20);
    assert.equal(fake.replies[0]?.id, question.id);
    assert.deepEqual(fake.replies[0]?.questions, question.questions);
    assert.ok(fake.replies[0]?.answers.every(({ ttl, isUnique }) => ttl <= 10 && !isUnique));
    await announcer.close();
  });

  test('announces itself in a network that comes later', async () => {
    using time = new FakeTime();
    const { announcer, fake } = await start();
    await time.pass(7000);
    assert.ok(fake.refreshes > 0);
    const before = fake.answers.length;
    const later = { ...network, name: 'wlan0', address: '10.0.0.5' };
    fake.networks.push(later);
    fake.listener?.joined(later);
    await time.pass(130);
    assert.equal(fake.answers.length, before + 1);
    assert.equal(fake.answers.at(-1)?.answers.find(({ type }) => type === 'A')?.type, 'A');
    await announcer.close();
  });

  test('says goodbye, and nothing after that', async () => {
    using time = new FakeTime();
    const { announcer, fake } = await start();
    await time.pass(2000);
    fake.listener?.received(question, asker);
    await announcer.close();
    assert.ok(fake.isClosed);
    const { length } = fake.sent;
    assert.ok(fake.sent.at(-1)?.answers.every(({ ttl }) => ttl === 0));
    fake.listener?.received(question, asker);
    await time.pass(10_000);
    assert.equal(fake.sent.length, length);
  });

  test('that ends before its names are its own has nothing to take back', async () => {
    using time = new FakeTime();
    const { announcer, fake } = await start();
    await time.pass(100);
    await announcer.close();
    await time.pass(5000);
    assert.deepEqual(fake.answers, []);
  });
});
