import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { TokenCheck } from '../../../src/transport/accept/token-check.ts';

const guesser = { host: '10.0.0.1', id: 'pi-01-k3x9f2ab' };

const check = new TokenCheck(Buffer.from('correct horse'));

test('TokenCheck lets the right token in at once', () => {
  assert.equal(check.check(Buffer.from('correct horse'), guesser), undefined);
});

test('TokenCheck rejects any other token, after a while, and tells a missing one', async () => {
  const wrong = ['correct hors', 'correct horse ', 'Correct horse', 'x'.repeat(512), '\0'];
  const started = performance.now();
  const rejected = [...wrong, ''].map((token) => check.check(Buffer.from(token), guesser));
  const codes = await Promise.all(rejected.map((rejection) => rejection?.catch((error) => error.code)));
  assert.deepEqual(codes, [...wrong.map(() => 'BAD_TOKEN'), 'TOKEN_MISSING']);
  assert.ok(performance.now() - started > 500);
});

test('TokenCheck says nothing of either token when it rejects one', async () => {
  await assert.rejects(async () => check.check(Buffer.from('guess'), guesser), {
    message:
      'Cannot accept a sender as its token is wrong: copy the token file of the receiver to the machine of the sender once more',
  });
});

test('TokenCheck hears an address no more from which too many wrong ones came, and says for how long', async () => {
  const few = new TokenCheck(Buffer.from('correct horse'), 0);
  const tell = (token: string, host: string) =>
    few.check(Buffer.from(token), { host, id: 'x' })?.catch(({ code, message }) => `${code}: ${message}`);
  for (let i = 0; i < 20; i++) assert.match((await tell(`guess ${i}`, '10.0.0.1')) ?? '', /^BAD_TOKEN: /);
  const later = /^TOO_MANY_GUESSES: .* too many wrong tokens came from its address: try again in \d+ s$/;
  assert.match((await tell('correct horse', '10.0.0.1')) ?? '', later);
  assert.equal(await tell('correct horse', '10.0.0.2'), undefined);
  // None at all is no guess.
  for (let i = 0; i < 30; i++) void tell('', '10.0.0.3');
  assert.equal(await tell('correct horse', '10.0.0.3'), undefined);
});
