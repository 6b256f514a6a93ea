import process from 'node:process';
import { describe } from 'node:test';
import { defineClocks } from './faults-clocks.ts';
import { defineCrowd } from './faults-crowd.ts';
import { defineCuts } from './faults-cuts.ts';
import { defineLines } from './faults-lines.ts';
import { defineRestarts } from './faults-restarts.ts';
import { defineSilences } from './faults-silences.ts';

const ends = { sender: 'node', receiver: 'node' } as const;
// One for each program that runs at once: they mostly wait.
process.setMaxListeners(100);

describe('faults', { concurrency: 2 }, () => {
  defineCuts(ends, [
    { protocol: 'wire auto', cuts: 200 },
    { protocol: 'wire 2', cuts: 60 },
    { protocol: 'TLS', cuts: 60 },
    { protocol: 'TLS, wire 2', cuts: 40 },
    { protocol: 'wire auto', cuts: 40, buffer: '200k' },
  ]);
  defineSilences(ends, ['wire auto', 'wire 2']);
  defineRestarts(ends, { 'wire auto': 10, 'TLS, wire 2': 3 });
  defineCrowd(ends, { 'open to all': 1000, 'with a token': 500, 'with TLS': 500 });
  defineLines(ends, ['wire auto', 'wire 2']);
  defineClocks(ends, ['wire auto']);
});
