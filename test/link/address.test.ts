import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, isLoopback } from '../../src/link/address.ts';
import { describeNetworkError } from '../../src/link/network-reason.ts';

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

test('describeNetworkError speaks of the first address when a name has several', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:9'), { code: 'ECONNREFUSED' });
  assert.equal(describeNetworkError(new AggregateError([refused])), 'nothing listens there (ECONNREFUSED)');
});

test('describeNetworkError gives the message when the code is none it knows', () => {
  assert.equal(describeNetworkError(new Error('odd')), 'odd');
});
