import process from 'node:process';
import { describe } from 'node:test';
import { defineClocks } from './faults-clocks.ts';
import { defineCrowd } from './faults-crowd.ts';
import { defineCuts } from './faults-cuts.ts';
import { defineRestarts } from './faults-restarts.ts';
import { defineSilences } from './faults-silences.ts';

// The test card needs OpenCV, which Deno cannot load: a sender under Node sends to the receiver under Deno.
const ends = { sender: 'node', receiver: 'deno' } as const;
// One for each program that runs at once: they mostly wait.
process.setMaxListeners(100);

describe('faults', { concurrency: 2 }, () => {
  defineCuts(ends, [
    { protocol: 'wire auto', cuts: 40 },
    { protocol: 'TLS, wire 2', cuts: 20 },
  ]);
  defineSilences(ends, ['wire auto']);
  defineRestarts(ends, { 'wire auto': 3 });
  defineCrowd(ends, { 'open to all': 300 });
  defineClocks(ends, ['wire 2']);
});
