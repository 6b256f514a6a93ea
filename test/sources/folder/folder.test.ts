import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { openFolder } from '../../../src/sources/folder/folder.ts';
import { SkipLog } from '../../../src/sources/skip-log.ts';
import { silentLog } from '../../support/trial-log.ts';

test('a folder without a picture that can be sent is told with how many there are, one or more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'is-folder-'));
  const skipped = new SkipLog(silentLog, 'the test');
  const read = async () => {
    const options = { limits: defaultFrameLimits, intervalMs: 0, once: true };
    const { frames } = await openFolder([folder], options, skipped);
    for await (const _ of frames(new AbortController().signal));
  };
  try {
    await writeFile(join(folder, '1.jpg'), 'no JPEG');
    await assert.rejects(read(), { code: 'SOURCE_FAILED', message: /: its one picture cannot be sent/ });
    await writeFile(join(folder, '2.jpg'), 'no JPEG');
    await assert.rejects(read(), { code: 'SOURCE_FAILED', message: /: none of its 2 pictures can be sent/ });
  } finally {
    await rm(folder, { recursive: true });
  }
});
