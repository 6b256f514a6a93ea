import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { runWorker } from '../../../scripts/fuzz/run-worker.ts';
import { addonVariable, requireAddon } from '../../../scripts/fuzz/targets/native-addon.ts';

test('a target that cannot be opened is no failure of an input', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-worker-'));
  process.env[addonVariable] = join(folder, 'missing.node');
  try {
    const task = { target: 'native-jpeg', seed: 'a', seconds: 1, inFlight: join(folder, 'in-flight') } as const;
    const run = runWorker(task, new AbortController().signal);
    await assert.rejects(run, /^Error: Cannot fuzz native-jpeg: Cannot find module .*missing\.node/);
  } finally {
    delete process.env[addonVariable];
    await rm(folder, { recursive: true, force: true });
  }
});

test('targets without native code need no addon', () => assert.doesNotThrow(() => requireAddon(['wire2', 'http'])));
