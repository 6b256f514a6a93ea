import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { Invitations, invitationMs } from '../../../src/network/joining/invitations.ts';
import { deriveJoinKey, isJoinProof, proveJoin } from '../../../src/network/joining/join-key.ts';

const session = randomBytes(32);
const host = '10.0.0.1';
const wrong = randomBytes(32);

/** The proof of a sender that knows the code. */
async function prove(code: string, over = session): Promise<Uint8Array> {
  return proveJoin(await deriveJoinKey(code), 'sender', over);
}

describe('Invitations', () => {
  test('let in the camera that proves the code, once', async () => {
    const invitations = new Invitations();
    const { code = '' } = (await invitations.invite('garden')) ?? {};
    const proof = await prove(code);
    assert.equal(invitations.use(proof, session, host).name, 'garden');
    assert.throws(() => invitations.use(proof, session, host), { code: 'BAD_CODE', message: /no invitation is open/ });
  });

  test('refuse a proof that was made for another session, or by a receiver', async () => {
    const invitations = new Invitations();
    const { code = '' } = (await invitations.invite('garden')) ?? {};
    const elsewhere = await prove(code, randomBytes(32));
    assert.throws(() => invitations.use(elsewhere, session, host), { code: 'BAD_CODE', message: /a proxy ends TLS/ });
    const returned = proveJoin(await deriveJoinKey(code), 'receiver', session);
    assert.throws(() => invitations.use(returned, session, host), { code: 'BAD_CODE' });
    assert.equal(isJoinProof(returned, await deriveJoinKey(code), 'receiver', session), true);
    assert.equal(invitations.open.length, 1);
  });

  test('end after ten minutes', async () => {
    let nowMs = 0;
    const invitations = new Invitations(() => nowMs);
    const { code = '' } = (await invitations.invite('garden')) ?? {};
    const proof = await prove(code);
    nowMs = invitationMs - 1;
    assert.equal(invitations.open.length, 1);
    nowMs = invitationMs;
    assert.throws(() => invitations.use(proof, session, host), { code: 'BAD_CODE', message: /no invitation is open/ });
  });

  test('hear a host that was wrong five times no more, not even with the right code, and others still', async () => {
    let nowMs = 0;
    const invitations = new Invitations(() => nowMs);
    const { code = '' } = (await invitations.invite('garden')) ?? {};
    const proof = await prove(code);
    for (let i = 0; i < 5; i++) assert.throws(() => invitations.use(wrong, session, host), { code: 'BAD_CODE' });
    for (const one of [wrong, proof]) {
      assert.throws(() => invitations.use(one, session, host), { code: 'TOO_MANY_GUESSES', message: /in 120 s/ });
    }
    assert.equal(invitations.use(proof, session, '10.0.0.2').name, 'garden');
    await invitations.invite('cellar');
    nowMs = invitationMs;
    for (let i = 0; i < 5; i++) assert.throws(() => invitations.use(wrong, session, host), { code: 'BAD_CODE' });
  });

  test('of one camera end with the next for it, and are eight at most', async () => {
    const invitations = new Invitations();
    const first = await invitations.invite('garden');
    const second = await invitations.invite('garden');
    assert.notEqual(first?.code, second?.code);
    const proof = await prove(first?.code ?? '');
    assert.throws(() => invitations.use(proof, session, host), { code: 'BAD_CODE' });
    for (let i = 2; i <= 8; i++) assert.notEqual(await invitations.invite(`camera ${i}`), undefined);
    assert.equal(await invitations.invite('one more'), undefined);
    assert.notEqual(await invitations.invite('garden'), undefined);
  });
});
