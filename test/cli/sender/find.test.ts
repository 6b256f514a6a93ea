import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { findFor, lookEarly } from '../../../src/cli/sender/find.ts';

const variable = 'IMAGE_SOCKET_MULTICAST';
const pin = `sha256:${'0'.repeat(64)}`;
const values = {
  host: 'localhost',
  port: 8080,
  wire: 'auto',
  'idle-timeout': 10_000,
  find: true,
  tls: false,
  'tls-pin': undefined,
  'tls-ca': undefined,
  'token-file': undefined,
  'token-without-tls': false,
} as const;
const token = new TextEncoder().encode('correct horse');

describe('a sender', () => {
  // Nothing is looked for here: only whether it would be.
  const given = process.env[variable];
  before(() => {
    process.env[variable] = 'on';
  });
  after(() => {
    process.env[variable] = given;
  });

  test('looks for a receiver where it is told nothing about it', () => {
    assert.ok(findFor({}, values) !== undefined);
    assert.equal(findFor({ host: 'localhost' }, values), undefined);
    assert.equal(findFor({}, { ...values, find: false }), undefined);
  });

  test('gives no token to a receiver that it found without a fingerprint', () => {
    for (const more of [
      { 'token-file': token },
      { 'token-file': token, 'token-without-tls': true },
      { 'token-file': token, tls: true },
      { 'tls-ca': 'PEM' },
      { tls: true },
    ]) {
      assert.equal(findFor({}, { ...values, ...more }), undefined, Object.keys(more).join(' '));
    }
    assert.ok(findFor({}, { ...values, 'token-file': token, 'tls-pin': pin }) !== undefined);
  });

  test('looks for none where the variable is off', () => {
    process.env[variable] = 'off';
    assert.equal(findFor({}, values), undefined);
    process.env[variable] = 'on';
  });
});

describe('an early look', () => {
  const { signal } = new AbortController();
  const one = { name: 'garden', addresses: ['10.0.0.1'], port: 8080, tls: false, pin: undefined, web: undefined };
  const open = (isTaken: boolean | undefined) => {
    let looks = 0;
    const find = async () => {
      looks++;
      return [one];
    };
    return { look: lookEarly(find, 8080, signal, async () => isTaken), looks: () => looks };
  };

  test('has begun before the first question, and counts for that alone', async () => {
    const { look, looks } = open(false);
    await setImmediate();
    assert.equal(looks(), 1);
    assert.deepEqual(await look(signal), [one]);
    assert.equal(looks(), 1);
    await look(signal);
    assert.equal(looks(), 2);
  });

  test('is not made where something listens on this machine, or may', async () => {
    for (const isTaken of [true, undefined]) {
      const { look, looks } = open(isTaken);
      await setImmediate();
      assert.equal(looks(), 0);
      assert.deepEqual(await look(signal), [one]);
    }
  });

  test('that fails is told to the one who asks', async () => {
    const look = lookEarly(
      () => Promise.reject(new Error('no socket')),
      8080,
      signal,
      async () => false,
    );
    await setImmediate();
    await assert.rejects(look(signal), /no socket/);
  });
});
