import process from 'node:process';
import { describe } from 'node:test';
import { defineClocks } from './faults-clocks.ts';
import { defineCrowd } from './faults-crowd.ts';
import { defineCuts } from './faults-cuts.ts';
import { defineRestarts } from './faults-restarts.ts';
import { defineSilences } from './faults-silences.ts';

const ends = { sender: 'packaged', receiver: 'packaged' } as const;
// One for each program that runs at once: they mostly wait.
process.setMaxListeners(100);

describe('faults', { concurrency: 2 }, () => {
  // The code that meets the faults is that of the sources, which more of them try: see faults.test.ts.
  defineCuts(ends, [
    { protocol: 'wire auto', cuts: 40 },
    { protocol: 'TLS, wire 2', cuts: 40 },
  ]);
  defineSilences(ends, ['wire auto']);
  defineRestarts(ends, { 'wire auto': 3 });
  defineCrowd(ends, { 'with a token': 1000 });
  defineClocks(ends, ['TLS']);
});
