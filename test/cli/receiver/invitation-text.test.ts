import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { drawInvitation } from '../../../src/cli/receiver/cameras/invitation-text.ts';

const code = '3k7m-9q2x-ab12-cd3x';
const command = `image-sender join ${code} --host 192.168.1.5`;
const invitation = { number: 1, name: 'garden', code, hosts: ['192.168.1.5'], port: 8080, command, minutes: 10 };

describe('the QR code of an invitation', () => {
  test('is for a terminal that has room for it', () => {
    const lines = drawInvitation(invitation, { isTTY: true, columns: 80 }, 'xterm');
    assert.match(lines.join('\n'), /image-sender join --camera.*\u2580/s);
    assert.deepEqual(drawInvitation(invitation, { isTTY: true, columns: 41 }, 'xterm'), lines);
  });

  test('is left out in a pipe, in a narrow terminal, and in one without colours', () => {
    assert.deepEqual(drawInvitation(invitation, {}, 'xterm'), []);
    assert.deepEqual(drawInvitation(invitation, { isTTY: true, columns: 40 }, 'xterm'), []);
    assert.deepEqual(drawInvitation(invitation, { isTTY: true, columns: 80 }, 'dumb'), []);
  });
});
