import { defineStdout } from './stdout.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineStdout(runtime);
