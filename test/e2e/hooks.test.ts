import { defineHooks } from './hooks.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineHooks(runtime);
