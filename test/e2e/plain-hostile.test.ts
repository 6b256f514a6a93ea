import { defineHostilePlainSenders } from './plain-hostile.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineHostilePlainSenders(runtime);
