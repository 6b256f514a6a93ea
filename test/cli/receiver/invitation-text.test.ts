import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInvitation } from '../../../src/cli/receiver/cameras/invitation-text.ts';

const base = { number: 1, name: 'garden', code: '3k7m-9q2x-ab12-cd3x', command: '', minutes: 10 };

test('an invitation shows the line that works where the receiver is found, and the options where it is not', () => {
  const lines = formatInvitation({ ...base, hosts: ['10.0.0.5', '10.1.0.5'], port: 8081 });
  assert.ok(lines.includes('    image-sender join 3k7m-9q2x-ab12-cd3x'));
  assert.match(lines.at(-1) ?? '', /add --host 10\.0\.0\.5 --port 8081, or --host 10\.1\.0\.5 --port 8081$/);
});

test('an invitation of a receiver for this machine only names its port, as nobody announces it', () => {
  const shown = (port: number) => formatInvitation({ ...base, hosts: [], port })[2];
  assert.equal(shown(8081), '    image-sender join 3k7m-9q2x-ab12-cd3x --port 8081');
  assert.equal(shown(8080), '    image-sender join 3k7m-9q2x-ab12-cd3x');
});
