import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, test } from 'node:test';
import { projectRoot } from '../../../scripts/native/project.ts';
import { Child } from '../../support/child.ts';
import { scaleMs } from '../../support/speed.ts';
import { until } from '../../support/until.ts';

const load = (path: string, name: string) => `import { ${name} } from ${JSON.stringify(join(projectRoot, path))};`;

/** A script that starts one program of its own, uses a folder of its own, and prints the program's process id. */
const scripts: Readonly<Record<string, string>> = {
  'a workplace of the interop run': `${load('scripts/interop/workplace.ts', 'Workplace')}
    ${load('test/support/child.ts', 'Child')}
    await Workplace.make();
    console.log('pid', new Child('sleep', ['600']).pid);`,
  'the receiver beside a flood': `${load('scripts/bench/flood-watch.ts', 'startWatched')}
    ${load('scripts/cli/scratch.ts', 'Scratch')}
    console.log('pid', startWatched('sleep', ['600'], new Scratch('floods').path).pid);`,
  'a NATS server': `${load('test/support/nats-server.ts', 'NatsServer')}
    console.log('pid', (await NatsServer.start()).pid);`,
};

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

describe('a script that a signal ends leaves neither its program nor its folder', () => {
  for (const [name, script] of Object.entries(scripts)) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      test(`${name}, ${signal}`, async () => {
        const folder = await mkdtemp(join(tmpdir(), 'image-socket-scratch-'));
        try {
          const code = `${load('scripts/cli/scratch.ts', 'exitOnSignals')} exitOnSignals(); ${script} setInterval(() => {}, 1000);`;
          await using child = new Child(process.execPath, ['--input-type=module', '-e', code], {
            env: { TMPDIR: folder, NODE_COMPILE_CACHE: undefined },
          });
          const [, pid] = await child.waitForLine('stdout', /^pid (\d+)$/, scaleMs(20_000));
          assert.equal((await readdir(folder)).length, 1);
          for (let times = 0; times < 20; times++) child.signal(signal);
          const { code: exitCode } = await child.wait(scaleMs(10_000));
          assert.equal(exitCode, signal === 'SIGINT' ? 130 : 143);
          await until(() => isGone(Number(pid)), 'the program to end');
          assert.deepEqual(await readdir(folder), []);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });
    }
  }
});
