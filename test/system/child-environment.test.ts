import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';
import { forChild } from '../../src/system/child-environment.ts';
import { runProgram } from '../../src/system/run-program.ts';

test('forChild drops the variables for this program alone, and keeps the others', () => {
  const own = {
    NOTIFY_SOCKET: '/run/x',
    WATCHDOG_USEC: '1',
    WATCHDOG_PID: '2',
    IMAGE_RECEIVER_PUBLISH: 'nats://user:password@my-nats.local',
    IMAGE_SENDER_TOKEN_FILE: 'token',
  };
  const others = { PATH: '/bin', IMAGE_SOCKET_NAME: 'pi', MY_IMAGE_SENDER_HOST: 'a' };
  assert.deepEqual(forChild({ ...own, ...others }), others);
});

test('a program that reports to systemd for this one gets its variables all the same', async () => {
  const environment = { NOTIFY_SOCKET: '/run/notify', PATH: process.env['PATH'] };
  const run = (keepsOwnVariables: boolean) =>
    runProgram('sh', ['-c', 'echo "<$NOTIFY_SOCKET>"'], { environment, keepsOwnVariables, timeoutMs: 60_000 });
  assert.equal((await run(true)).output, '</run/notify>\n');
  assert.equal((await run(false)).output, '<>\n');
});
