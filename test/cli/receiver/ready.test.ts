import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announce } from '../../../src/cli/receiver/ready.ts';
import type { ReceiverSettings } from '../../../src/cli/receiver/settings.ts';
import { announcePage } from '../../../src/sinks/web/announce-page.ts';
import { TrialLog } from '../../support/trial-log.ts';

test('the page is told at an address that answers', () => {
  const cases: [addresses: string[], where: string][] = [
    [['127.0.0.1', '::1'], 'http://localhost:8000/'],
    [['127.0.0.1'], 'http://localhost:8000/'],
    [['::1'], 'http://[::1]:8000/'],
    [['0.0.0.0'], 'http://localhost:8000/'],
    [['::'], 'http://localhost:8000/'],
    [['192.168.1.5'], 'http://192.168.1.5:8000/'],
  ];
  for (const [addresses, where] of cases) {
    const log = new TrialLog();
    const found = addresses.map((address) => ({ address, port: 8000 }));
    announcePage(found, { hasTls: false, hasPassword: true }, log);
    assert.match(log.lines[0] ?? '', new RegExp(`the page is at ${where.replaceAll(/[[\].]/g, '\\$&')}`));
  }
});

test('a receiver with a token and without TLS says that senders keep the token back, on its own machine too', () => {
  const told = (address: string, token: Uint8Array | undefined, tls: 'own' | undefined) => {
    const log = new TrialLog();
    const settings = { listener: { token }, tls } as unknown as ReceiverSettings;
    announce([{ address, port: 8080 }], settings, log);
    return log.lines.filter((line) => line.includes('unless they are given --token-without-tls')).length;
  };
  const token = new Uint8Array(8);
  assert.deepEqual([told('127.0.0.1', token, undefined), told('0.0.0.0', token, undefined)], [1, 1]);
  assert.deepEqual([told('0.0.0.0', token, 'own'), told('0.0.0.0', undefined, undefined)], [0, 0]);
});

test('a receiver for other machines warns of strangers, unless it accepts only cameras that joined', () => {
  const told = (address: string, listener: Partial<ReceiverSettings['listener']>) => {
    const log = new TrialLog();
    announce([{ address, port: 8080 }], { listener, tls: undefined } as unknown as ReceiverSettings, log);
    return log.lines.filter((line) => line.includes('Anyone who can reach this port')).length;
  };
  assert.deepEqual([told('0.0.0.0', {}), told('127.0.0.1', {})], [1, 0]);
  assert.equal(told('0.0.0.0', { isJoinedOnly: true }), 0);
});
