import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { SecretCheck } from '../../src/network/secret-check.ts';

const secret = 'correct horse é';

describe('SecretCheck', () => {
  test('does not hear a host that was wrong too often, and still hears another', async () => {
    const check = new SecretCheck(Buffer.from(secret), { penaltyMs: 0, refillMs: 10_000 });
    const guess = (text: string, address: string) => check.check(Buffer.from(text), { host: address });
    const verdicts: string[] = [];
    for (let i = 0; i < 22; i++) verdicts.push(await guess(`${i}`, '10.0.0.1'));
    assert.deepEqual(verdicts.slice(0, 20), new Array(20).fill('wrong'));
    assert.equal(verdicts.at(-1), 'later');
    assert.equal(await guess(secret, '10.0.0.1'), 'later');
    assert.equal(await guess(secret, '10.0.0.2'), 'right');
  });

  test('says how long a host has to wait, after which it is heard', async (t) => {
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    const check = new SecretCheck(Buffer.from(secret), { penaltyMs: 0, refillMs: 10_000 });
    const guess = (text: string) => check.check(Buffer.from(text), { host: '10.0.0.1' });
    for (let i = 0; i < 20; i++) await guess(`${i}`);
    const wait = () => check.waitSeconds({ host: '10.0.0.1' });
    assert.equal(wait(), 10);
    nowMs += 9500;
    assert.deepEqual([await guess(secret), wait()], ['later', 1]);
    nowMs += 500;
    assert.deepEqual([await guess('again'), wait()], ['wrong', 10]);
    nowMs += 10_000;
    assert.equal(await guess(secret), 'right');
  });

  test('takes no other secret than the whole one', async () => {
    const check = new SecretCheck(Buffer.from(secret), { penaltyMs: 0, refillMs: 10_000 });
    for (const text of ['', 'correct', `${secret} `, `${secret}x`, secret.toUpperCase()]) {
      assert.equal(await check.check(Buffer.from(text), { host: '10.0.0.1' }), 'wrong');
    }
  });

  test('hears a client that was right before, whatever others at its host guess, until it is often wrong itself', async () => {
    const check = new SecretCheck(Buffer.from(secret), { penaltyMs: 0, refillMs: 10_000 });
    const guess = (text: string, id: string) => check.check(Buffer.from(text), { host: '10.0.0.1', id });
    assert.equal(guess(secret, 'known'), 'right');
    for (let i = 0; i < 20; i++) await guess(`${i}`, `other ${i}`);
    assert.equal(await guess(secret, 'new'), 'later');
    assert.equal(guess(secret, 'known'), 'right');
    for (let i = 0; i < 20; i++) assert.equal(await guess(`${i}`, 'known'), 'wrong');
    assert.equal(await guess(secret, 'known'), 'later');
  });

  test('remembers at most a thousand hosts, and first forgets the host that was silent longest', async () => {
    const check = new SecretCheck(Buffer.from(secret), { penaltyMs: 0, refillMs: 10_000 });
    const guess = (text: string, host: string) => check.check(Buffer.from(text), { host });
    for (let i = 0; i < 20; i++) await guess('wrong', 'early');
    for (let i = 0; i < 999; i++) await guess('wrong', `host ${i}`);
    assert.equal(await guess(secret, 'early'), 'later');
    await guess('wrong', 'one more');
    assert.equal(await guess(secret, 'early'), 'right');
  });
});
