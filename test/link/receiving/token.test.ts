import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { TokenCheck } from '../../../src/link/receiving/token.ts';

const check = new TokenCheck(Buffer.from('correct horse'));

test('TokenCheck lets the right token in at once', () => {
  assert.equal(check.check(Buffer.from('correct horse')), undefined);
});

test('TokenCheck refuses any other token, after a while, and tells a missing one', async () => {
  const wrong = ['correct hors', 'correct horse ', 'Correct horse', 'x'.repeat(512), '\0'];
  const started = performance.now();
  const refused = [...wrong, ''].map((token) => check.check(Buffer.from(token)));
  const codes = await Promise.all(refused.map((refusal) => refusal?.catch((error) => error.code)));
  assert.deepEqual(codes, [...wrong.map(() => 'BAD_TOKEN'), 'TOKEN_MISSING']);
  assert.ok(performance.now() - started > 500);
});

test('TokenCheck says nothing of either token when it refuses one', async () => {
  await assert.rejects(async () => check.check(Buffer.from('guess')), {
    message: 'Cannot take a sender as its token is wrong (--token-file)',
  });
});
