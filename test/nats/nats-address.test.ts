import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseNatsAddress } from '../../src/nats/nats-address.ts';

describe('parseNatsAddress', () => {
  const plain = { login: undefined, wantsTls: false };
  const good: [string, object][] = [
    ['nats://nats-host', { servers: ['nats-host:4222'], ...plain }],
    ['nats-host:5222', { servers: ['nats-host:5222'], ...plain }],
    ['NATS://nats-host/', { servers: ['nats-host:4222'], ...plain }],
    ['tls://nats-host', { servers: ['nats-host:4222'], login: undefined, wantsTls: true }],
    ['nats://[::1]:4333', { servers: ['[::1]:4333'], ...plain }],
    ['nats://a:1, nats://b:2,', { servers: ['a:1', 'b:2'], ...plain }],
    ['nats://u:p%40q@b', { servers: ['b:4222'], login: { user: 'u', password: 'p@q' }, wantsTls: false }],
    ['nats://secret@b', { servers: ['b:4222'], login: { token: 'secret' }, wantsTls: false }],
    ['nats://bob:@b', { servers: ['b:4222'], login: { user: 'bob', password: '' }, wantsTls: false }],
    ['nats://a%3Ab@[::1]', { servers: ['[::1]:4222'], login: { token: 'a:b' }, wantsTls: false }],
    ['nats://u:p@a,b', { servers: ['a:4222', 'b:4222'], login: { user: 'u', password: 'p' }, wantsTls: false }],
  ];
  for (const [text, expected] of good) {
    test(`takes ${text}`, () => assert.deepEqual(parseNatsAddress(text), expected));
  }

  const bad = [
    '',
    ' , ',
    'http://nats-host',
    'ws://nats-host',
    'nats://',
    'nats://a/b',
    'nats://a?b',
    'nats://a:99999',
    'a b',
    'nats://:p@a',
    'nats://:@a',
  ];
  for (const text of [...bad, 'nats://u:p@a,nats://v:q@b']) {
    test(`refuses '${text}'`, () => assert.throws(() => parseNatsAddress(text), /address|cluster/));
  }

  test('never tells the password when it refuses', () => {
    assert.throws(
      () => parseNatsAddress('nats://user:geheim@a/b'),
      ({ message }: Error) => !message.includes('geheim'),
    );
  });

  test('throws nothing but errors with a message when anything is given', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          assert.ok(parseNatsAddress(text).servers.length > 0);
        } catch (error) {
          assert.ok(error instanceof Error && error.message !== '');
        }
      }),
    );
  });
});
