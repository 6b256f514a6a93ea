import { definePlainSenders } from './plain-senders.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) definePlainSenders(runtime);
