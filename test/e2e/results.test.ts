import { defineResults } from './results.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineResults({ sender: runtime, receiver: runtime });
