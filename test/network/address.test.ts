import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, hostKey, hostKeyOf, isLoopback } from '../../src/network/address.ts';
import { describeNetworkError } from '../../src/network/network-error.ts';

test('formatAddress puts IPv6 in brackets and takes the IPv6 clothing off IPv4', () => {
  assert.equal(formatAddress('192.168.1.2', 80), '192.168.1.2:80');
  assert.equal(formatAddress('fe80::1', 80), '[fe80::1]:80');
  assert.equal(formatAddress('::ffff:192.168.1.2', 80), '192.168.1.2:80');
  assert.equal(formatAddress('pi.local', 80), 'pi.local:80');
});

test('isLoopback knows the addresses that only this machine reaches', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) assert.equal(isLoopback(address), true);
  for (const address of ['0.0.0.0', '::', '192.168.1.2', '12.7.0.1']) assert.equal(isLoopback(address), false);
});

test('hostKey is an IPv4 address, with or without its IPv6 clothing', () => {
  assert.equal(hostKey('192.168.1.2'), '192.168.1.2');
  assert.equal(hostKey('::ffff:192.168.1.2'), '192.168.1.2');
});

test('hostKey is the network of an IPv6 address, however that is written', () => {
  const cases = {
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2',
    '2001:db8:1:2::': '2001:db8:1:2',
    '2001:db8:1::6': '2001:db8:1:0',
    '2001:db8::5:6:7:8': '2001:db8:0:0',
    '2001::3:4:5:6:7:8': '2001:0:3:4',
    'fe80::1%eth0': 'fe80:0:0:0',
    '::1': '0:0:0:0',
    '::': '0:0:0:0',
  };
  for (const [address, key] of Object.entries(cases)) assert.equal(hostKey(address), key);
});

test('hostKeyOf leaves the port out, and keeps the whole of what has none', () => {
  const cases = { '192.168.1.2:80': '192.168.1.2', '[2001:db8::5]:80': '2001:db8:0:0', k3x9f2ab: 'k3x9f2ab' };
  for (const [address, key] of Object.entries(cases)) assert.equal(hostKeyOf(address), key);
});

test('describeNetworkError speaks of the first address when a name has several', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:9'), { code: 'ECONNREFUSED' });
  assert.equal(describeNetworkError(new AggregateError([refused])), 'nothing listens there (ECONNREFUSED)');
});

test('describeNetworkError gives the message when the code is none it knows', () => {
  assert.equal(describeNetworkError(new Error('odd')), 'odd');
});
