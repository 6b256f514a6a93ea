import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError } from '../../../src/errors.ts';
import { listServices } from '../../../src/network/discovery/announcement.ts';
import { isInNetwork, isPrivate } from '../../../src/network/discovery/local-networks.ts';
import { isMulticastOn } from '../../../src/network/discovery/multicast-switch.ts';
import {
  isAsked,
  makeRecords,
  pageType,
  receiverType,
  securePageType,
} from '../../../src/network/discovery/service-records.ts';
import type { DnsMessage, DnsRecord } from '../../../src/protocol/dns/dns-message.ts';

const everywhere = { address: '0.0.0.0', port: 8080 };
const here = [
  { address: '127.0.0.1', port: 8080 },
  { address: '::1', port: 8080 },
];
const base = { machine: 'my-pc.fritz.box', receiver: [everywhere], fingerprint: undefined, isTlsOnly: false, page: [] };
const fingerprint = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('the services of a receiver', () => {
  test('are none where it listens for its own machine only', () => {
    assert.deepEqual(listServices({ ...base, receiver: here, page: [{ address: '127.0.0.1', port: 8000 }] }), []);
  });

  test('are its port, and its page where others may see that', () => {
    const [port, page, ...rest] = listServices({ ...base, page: [{ address: '0.0.0.0', port: 8000 }] });
    assert.deepEqual(port, {
      type: receiverType,
      label: 'my-pc',
      port: 8080,
      texts: ['v=2', 'tls=0', 'web=8000'],
      listens: ['0.0.0.0'],
    });
    assert.equal(page?.type, pageType);
    assert.equal(page?.label, 'image-receiver on my-pc');
    assert.deepEqual(rest, []);
    const [alone] = listServices({ ...base, page: [{ address: '::1', port: 8000 }] });
    assert.deepEqual(alone?.texts, ['v=2', 'tls=0']);
  });

  test('tell the beginning of the fingerprint alone', () => {
    const [port, page] = listServices({ ...base, fingerprint, isTlsOnly: true, page: [everywhere] });
    assert.deepEqual(port?.texts, ['v=2', 'tls=1', 'pin=0123456789abcdef', 'web=8080']);
    assert.equal(page?.type, securePageType);
    const [beside, plain] = listServices({ ...base, fingerprint, page: [everywhere] });
    assert.deepEqual(beside?.texts, ['v=2', 'tls=0', 'pin=0123456789abcdef', 'web=8080']);
    assert.equal(plain?.type, pageType);
  });

  test('have names that fit, with the port where it is not the usual one', () => {
    const machine = 'ä'.repeat(60);
    const [port, page] = listServices({
      ...base,
      machine,
      receiver: [{ address: '::', port: 65_535 }],
      page: [everywhere],
    });
    assert.equal(port?.label, `${'ä'.repeat(16)}:65535`);
    assert.equal(page?.label, `image-receiver on ${'ä'.repeat(16)}:8080`);
    assert.equal(listServices({ ...base, machine: '' })[0]?.label, 'image-receiver');
  });
});

const network = { name: 'eth0', address: '192.168.1.5', mask: '255.255.255.0', ipv6: ['fd00::5'] };
const target = ['image-receiver-1', 'local'];
const typesOf = (records: readonly DnsRecord[]) => records.map(({ type }) => type).join(' ');
const service = (listens: string[]) => ({ type: receiverType, label: 'my-pc', port: 8080, texts: ['v=2'], listens });

describe('the records of a service', () => {
  test('are those of the addresses that it listens on in that network', () => {
    const make = (...listens: string[]) => typesOf(makeRecords([service(listens)], target, network));
    assert.equal(make('0.0.0.0'), 'PTR PTR SRV TXT A');
    assert.equal(make('::'), 'PTR PTR SRV TXT A AAAA');
    assert.equal(make('fd00::5'), 'PTR PTR SRV TXT AAAA');
    assert.equal(make('192.168.1.5'), 'PTR PTR SRV TXT A');
    assert.equal(make('192.168.2.5'), '');
  });

  const records = makeRecords([service(['::'])], target, network);
  const ask = (name: readonly string[], type: number, answers: readonly DnsRecord[] = []): DnsMessage => {
    return { id: 0, isResponse: false, questions: [{ name, type }], answers, claims: [] };
  };

  test('answer questions for one of them', () => {
    const [pointer] = records;
    for (const [name, type, isWanted] of [
      [receiverType, 12, true],
      [receiverType, 255, true],
      [['_IMAGE-socket', '_TCP', 'Local'], 12, true],
      [receiverType, 33, false],
      [['_services', '_dns-sd', '_udp', 'local'], 12, true],
      [['my-pc', ...receiverType], 33, true],
      [target, 28, true],
      [pageType, 12, false],
      [[], 255, false],
    ] as const) {
      assert.equal(isAsked(ask(name, type), records), isWanted, `${name} ${type}`);
    }
    assert.ok(pointer !== undefined);
    assert.ok(!isAsked(ask(receiverType, 12, [pointer]), records), 'the asker knows it');
    assert.ok(isAsked(ask(receiverType, 12, [{ ...pointer, ttl: 59 }]), records), 'the asker forgets it soon');
    assert.ok(
      isAsked(ask(receiverType, 12, [{ ...pointer, type: 'PTR', target: ['other', ...receiverType] }]), records),
    );
  });
});

describe('an address', () => {
  test('is in the network that has the same bits before its mask ends', () => {
    assert.ok(isInNetwork('192.168.1.200', network));
    assert.ok(!isInNetwork('192.168.2.5', network));
    assert.ok(!isInNetwork('fd00::5', network));
    assert.ok(isInNetwork('10.7.1.2', { address: '10.6.0.1', mask: '255.254.0.0' }));
  });

  test('is private in some networks', () => {
    for (const one of ['10.0.0.1', '172.31.0.1', '192.168.0.1', '169.254.1.1', 'fd12:0:0:0:0:0:0:1'])
      assert.ok(isPrivate(one), one);
    for (const one of [
      '172.32.0.1',
      '11.0.0.1',
      '127.0.0.1',
      '8.8.8.8',
      '2001:db8:0:0:0:0:0:1',
      'fe80:0:0:0:0:0:0:1',
    ]) {
      assert.ok(!isPrivate(one), one);
    }
  });
});

describe('the variable that turns multicast off', () => {
  test('is read as switches are', () => {
    assert.ok(isMulticastOn({}));
    assert.ok(isMulticastOn({ IMAGE_SOCKET_MULTICAST: 'on' }));
    for (const off of ['off', '0', 'no', 'FALSE', '']) assert.ok(!isMulticastOn({ IMAGE_SOCKET_MULTICAST: off }), off);
    assert.throws(
      () => isMulticastOn({ IMAGE_SOCKET_MULTICAST: 'maybe' }),
      (error) => error instanceof CodedError && error.code === 'BAD_OPTION',
    );
  });
});
