import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { SessionCookies } from '../../../src/sinks/web/access/session-cookies.ts';

/** A response that notes its end. */
class TrialResponse extends EventEmitter {
  isDestroyed = false;

  destroy(): void {
    this.isDestroyed = true;
  }
}

function admit(sessions: SessionCookies, id: string, response = new TrialResponse()): boolean {
  return sessions.admit(id, response as unknown as ServerResponse);
}

describe('SessionCookies', () => {
  test('admit clients that have the whole id, and no others', () => {
    const sessions = new SessionCookies(1000);
    const id = sessions.begin();
    assert.ok(admit(sessions, id));
    for (const forged of ['', `${id}x`, id.slice(1), id.toLowerCase()]) assert.ok(!admit(sessions, forged), forged);
    assert.ok(!admit(new SessionCookies(1000), id));
    assert.notEqual(sessions.begin(), id);
  });

  test('end with the answers that are being sent under them, each for itself', () => {
    const sessions = new SessionCookies(1000);
    const [one, other] = [sessions.begin(), sessions.begin()];
    const [open, done, others] = [new TrialResponse(), new TrialResponse(), new TrialResponse()];
    admit(sessions, one, open);
    admit(sessions, one, done);
    admit(sessions, other, others);
    done.emit('close');
    sessions.end(one);
    assert.deepEqual(
      [open, done, others].map(({ isDestroyed }) => isDestroyed),
      [true, false, false],
    );
    assert.deepEqual([admit(sessions, one), admit(sessions, other)], [false, true]);
    sessions.end('none of them');
  });

  test('end at their age', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    const sessions = new SessionCookies(1000);
    const id = sessions.begin();
    const open = new TrialResponse();
    admit(sessions, id, open);
    t.mock.timers.tick(999);
    assert.ok(admit(sessions, id));
    t.mock.timers.tick(1);
    assert.deepEqual([admit(sessions, id), open.isDestroyed], [false, true]);
  });

  test('are at most a thousand: the oldest makes room', () => {
    const sessions = new SessionCookies(1000);
    const ids = Array.from({ length: 1001 }, () => sessions.begin());
    assert.deepEqual(
      ids.slice(0, 2).map((id) => admit(sessions, id)),
      [false, true],
    );
  });
});
