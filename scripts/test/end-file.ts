// Loaded into the process of each test file. A file whose tests are done ends, also where something keeps its process busy. The test
// runner's own --test-force-exit ends it too soon: it left out up to two thirds of the tests of a file, and called it good.

import process from 'node:process';
import { after } from 'node:test';

const graceMs = 5000;

// The process that starts the files loads this as well.
if (process.env.NODE_TEST_CONTEXT !== undefined) {
  after(() => {
    setTimeout(() => {
      const busy = process.getActiveResourcesInfo().join(', ');
      process.stderr.write(`test: ${process.argv[1]} is ended, as it goes on after its tests: ${busy}\n`);
      process.exit();
    }, graceMs).unref();
  });
}
