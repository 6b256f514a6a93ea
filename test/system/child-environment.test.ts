import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forChild } from '../../src/system/child-environment.ts';

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
