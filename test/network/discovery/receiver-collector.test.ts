import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReceiverCollector } from '../../../src/network/discovery/receiver-collector.ts';
import { receiverType } from '../../../src/network/discovery/service-records.ts';
import type { DnsData, DnsName, DnsRecord } from '../../../src/protocol/dns/dns-message.ts';

const network = { name: 'eth0', address: '192.168.1.2', mask: '255.255.255.0', ipv6: [] };
const source = { network, address: '192.168.1.9', port: 5353 };
const host = ['my-pc', 'local'];
const name = ['My PC', ...receiverType];

function record(owner: DnsName, data: DnsData, ttl = 120): DnsRecord {
  return { name: owner, ttl, isUnique: true, ...data };
}

const port = (owner = name, number = 8080, target = host, ttl = 120) =>
  record(owner, { type: 'SRV', target, port: number }, ttl);
const texts = (...all: string[]) => record(name, { type: 'TXT', texts: all });
const address = (text: string, owner = host) =>
  record(owner, { type: text.includes(':') ? 'AAAA' : 'A', address: text });

function collect(...messages: DnsRecord[][]): ReceiverCollector {
  const collector = new ReceiverCollector();
  for (const answers of messages) {
    collector.add({ id: 0, isResponse: true, questions: [], answers, claims: [] }, source);
  }
  return collector;
}

describe('receivers that are collected', () => {
  test('have what their records say, in whichever order these come', () => {
    const pin = '0f3a0f3a0f3a0f3a';
    const all = [address('192.168.1.5'), texts('v=2', 'tls=1', `pin=${pin}`, 'web=8000'), port()];
    const expected = [{ name: 'My PC', addresses: ['192.168.1.5'], port: 8080, tls: true, pin, web: 8000 }];
    assert.deepEqual(collect(all).list(), expected);
    assert.deepEqual(collect([port()], all).list(), expected);
  });

  test('have addresses of this network first, then private ones, and never one of the internet', () => {
    const list = (...addresses: string[]) =>
      collect([port(), texts('v=2'), ...addresses.map((one) => address(one))]).list()[0]?.addresses;
    assert.deepEqual(list('8.8.8.8', '10.0.0.1', '192.168.1.5'), ['192.168.1.5', '10.0.0.1']);
    assert.deepEqual(list('8.8.8.8', '127.0.0.1', 'fe80:0:0:0:0:0:0:1'), [source.address]);
    assert.deepEqual(list(), [source.address]);
  });

  test('are none where the version is another, there is no port, or the kind is another', () => {
    assert.deepEqual(collect([port(), texts('v=3')]).list(), []);
    assert.deepEqual(collect([port()]).list(), []);
    assert.deepEqual(collect([port(name, 0), texts('v=2')]).list(), []);
    assert.deepEqual(collect([port(['My PC', '_http', '_tcp', 'local']), texts('v=2')]).list(), []);
    assert.deepEqual(collect([texts('v=2'), address('192.168.1.5')]).list(), []);
  });

  test('stay when a goodbye comes, as anyone could send it', () => {
    assert.equal(collect([port(), texts('v=2')], [port(name, 8080, host, 0)]).list().length, 1);
  });

  test('are at the address that answered, whatever other machines say about their names', () => {
    const collector = new ReceiverCollector();
    const add = (answers: DnsRecord[], from: string) => {
      collector.add({ id: 0, isResponse: true, questions: [], answers, claims: [] }, { ...source, address: from });
    };
    add([address('192.168.1.66')], '192.168.1.66');
    add([port(), texts('v=2'), address(source.address)], source.address);
    add([texts('v=1')], '192.168.1.66');
    const [found, ...others] = collector.list();
    assert.deepEqual([found?.addresses[0], others.length], [source.address, 0]);
  });

  test('have a place each, though one machine makes up many', () => {
    const collector = new ReceiverCollector();
    const add = (answers: DnsRecord[], from: string) => {
      collector.add({ id: 0, isResponse: true, questions: [], answers, claims: [] }, { ...source, address: from });
    };
    add(
      Array.from({ length: 100 }, (_, i) => port(name, 8080, [`h${i}`, 'local'])),
      '192.168.1.66',
    );
    add([port(), texts('v=2')], source.address);
    assert.deepEqual(
      collector.list().map(({ addresses }) => addresses[0]),
      [source.address],
    );
  });

  test('have no pin and no page where these are none', () => {
    for (const text of ['pin=0f3a', 'pin=0F3A0F3A', `pin=${'0'.repeat(65)}`, 'web=0', 'web=65536', 'web=-1']) {
      const [found] = collect([port(), texts('v=2', text)]).list();
      assert.deepEqual([found?.pin, found?.web], [undefined, undefined], text);
    }
  });

  test('have names that a terminal shows rather than obeys', () => {
    const evil = ['\u001b[2Jgarden\n', ...receiverType];
    const [found] = collect([port(evil), record(evil, { type: 'TXT', texts: ['v=2'] })]).list();
    assert.equal(found?.name, '?[2Jgarden?');
  });

  test('are at most 64, and two of one name at two machines are two', () => {
    const crowd = new ReceiverCollector();
    for (let i = 0; i < 200; i++) {
      const answers = [port(name, 8080, [`h${i}`, 'local']), texts('v=2')];
      crowd.add({ id: 0, isResponse: true, questions: [], answers, claims: [] }, { ...source, address: `10.0.0.${i}` });
    }
    assert.equal(crowd.list().length, 64);
    assert.equal(collect([port(), port(name, 8080, ['other', 'local']), texts('v=2')]).list().length, 2);
  });

  test('have few addresses, and few hosts have any', () => {
    const many = Array.from({ length: 100 }, (_, i) => address(`192.168.1.${i + 1}`));
    assert.equal(collect([port(), texts('v=2'), ...many]).list()[0]?.addresses.length, 8);
    const hosts = Array.from({ length: 128 }, (_, i) => address('192.168.1.7', [`h${i}`]));
    assert.deepEqual(collect(hosts, [port(), texts('v=2'), address('192.168.1.5')]).list()[0]?.addresses, [
      source.address,
    ]);
  });
});
