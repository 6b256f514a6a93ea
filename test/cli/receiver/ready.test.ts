import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcePage } from '../../../src/cli/receiver/ready.ts';
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
