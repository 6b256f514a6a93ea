import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';

test('a connection outlasts the time that a connect may take', async () => {
  const { receiver, port } = await startReceiver('node', ['--quiet']);
  await using _receiver = receiver;
  // 25 frames at 10 a second.
  const args = ['pattern', '--port', `${port}`, '--connect-timeout', '500ms', '--fps', '10', '--count', '25'];
  await using sender = startProgram('node', 'image-sender', args);
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
  assert.deepEqual(
    sender.lines('stderr').filter((line) => !line.includes('sent 25 frames')),
    [`image-sender: connected to localhost:${port}`],
  );
  await receiver.waitForLine('stderr', /left after 25 frames/, soonMs);
});
