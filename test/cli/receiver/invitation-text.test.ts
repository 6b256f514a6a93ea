import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeUnreachable, formatInvitation } from '../../../src/cli/receiver/cameras/invitation-text.ts';

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

test('an invitation that no other machine can use says why, and what to do', () => {
  const local = describeUnreachable({ ...base, hosts: [], port: 8081, local: true });
  assert.match(
    local ?? '',
    /listens for this machine only\. Start it again with image-receiver --host 0\.0\.0\.0 --port 8081,/,
  );
  const offline = describeUnreachable({ ...base, hosts: [], port: 8080, local: false });
  assert.match(
    offline ?? '',
    /this machine has no IPv4 address in a network\. Connect it, and type this command once more/,
  );
  assert.equal(describeUnreachable({ ...base, hosts: ['10.0.0.5'], port: 8080, local: false }), undefined);
});
