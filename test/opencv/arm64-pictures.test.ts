import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { installPackages } from '../../scripts/debian/install.ts';
import { fetchNode } from '../../scripts/native/node.ts';
import { EMULATOR_PACKAGES } from '../../scripts/native/recipe.ts';
import { prepareArm64Root } from '../../scripts/native/verify.ts';
import { runChild } from '../support/child.ts';
import { scaleMs } from '../support/speed.ts';

// The addon of the Raspberry Pi has other instructions for the same arithmetic.
for (const [name, pattern] of [
  ['camera-jpeg', '.'],
  ['video-reader', '^(h264|full-422|ten-bits).* a smaller size$'],
] as const) {
  test(`the tests of ${name} pass when the addon is that of arm64`, async () => {
    await installPackages(EMULATOR_PACKAGES, 'the tests of the arm64 addon');
    const node = join(await fetchNode('linux-arm64'), 'bin/node');
    const file = join(import.meta.dirname, `${name}.test.ts`);
    const choice = ['--test-isolation=none', `--test-name-pattern=${pattern}`, '--test-reporter=tap', '--test', file];
    const args = ['-L', await prepareArm64Root(), node, ...choice];
    // A test within a test would speak to the runner of this one.
    const env = { NODE_TEST_CONTEXT: undefined };
    const { stdout } = await runChild('qemu-aarch64-static', args, scaleMs(300_000), { env });
    assert.match(stdout, /^# pass [1-9]\d*$/m);
  });
}
