import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soonMs, startProgram } from '../support/programs.ts';
import { defineAccessControl } from './access-control.ts';
import { defineRobustness } from './robustness.ts';
import { defineMainJob, protocolNames } from './suite.ts';

// The pictures of this job need OpenCV, which Deno cannot load: a sender under Node sends to the receiver under Deno.
for (const protocol of protocolNames) defineMainJob({ sender: 'node', receiver: 'deno' }, protocol);
defineRobustness({ sender: 'node', receiver: 'deno' });
defineAccessControl({ sender: 'node', receiver: 'deno' });

for (const source of [['camera'], ['video', 'x.mp4'], ['pattern']]) {
  test(`image-sender ${source[0]} says in one line that it needs OpenCV when Deno runs it`, async () => {
    await using sender = startProgram('deno', 'image-sender', source);
    assert.equal((await sender.wait(soonMs)).code, 7);
    assert.deepEqual(sender.lines('stdout'), []);
    assert.equal(sender.lines('stderr').length, 1);
    assert.match(sender.lines('stderr')[0] ?? '', /Cannot use OpenCV as Deno cannot load its addon/);
  });
}
