import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Child } from '../../support/child.ts';
import { soonMs } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

const cli = fileURLToPath(new URL('../../../scripts/cli/', import.meta.url));

test('a child gets SIGTERM when its process ends by a signal', async () => {
  const script = `
    import { spawn } from 'node:child_process';
    import { endWithProcess } from '${cli}end-with-process.ts';
    import { exitOnSignals } from '${cli}scratch.ts';
    exitOnSignals();
    const { pid } = endWithProcess(spawn('sleep', ['600'], { stdio: 'ignore' }));
    console.log(pid);
  `;
  await using parent = new Child(process.execPath, ['--input-type=module', '--eval', script]);
  const [, pid] = await parent.waitForLine('stdout', /^(\d+)$/, soonMs);
  parent.signal('SIGINT');
  assert.deepEqual(await parent.wait(soonMs), { code: 130, signal: null });
  await until(() => !isRunning(Number(pid)), 'the child to end');
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
