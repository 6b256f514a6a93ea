import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkAlone } from '../scripts/fuzz/check-alone.ts';
import { listCorpora, readCorpus } from '../scripts/fuzz/corpus.ts';
import { isTargetName, targets } from '../scripts/fuzz/targets.ts';

// Inputs that made the programs fail once, and hand-made ones that are as hostile. `npm run fuzz` adds to them.
for (const name of listCorpora()) {
  describe(`the inputs that are kept of ${name}`, async () => {
    assert.ok(isTargetName(name), `there is no target ${name}`);
    const target = await targets[name]();
    for (const [file, input] of readCorpus(name)) {
      test(`do no harm: ${file}`, async () => {
        assert.equal(await checkAlone(target, input), undefined);
      });
    }
  });
}
