import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isListeningHere } from '../../src/network/listening-here.ts';
import { findFreePort } from '../support/ports.ts';
import { openTarget } from '../support/targets.ts';

test('a port has a listener or has none, and the listener gets no connection', async () => {
  const target = await openTarget(() => undefined);
  assert.equal(await isListeningHere(target.port), true);
  assert.equal(target.connections(), 0);
  await target[Symbol.asyncDispose]();
  assert.equal(await isListeningHere(await findFreePort()), false);
});

test('it is not known where the system does not say it', async () => {
  assert.equal(await isListeningHere(80, '/nowhere'), undefined);
});
