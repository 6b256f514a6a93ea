import { defineForwarding } from './forwarding.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineForwarding({ sender: runtime, receiver: runtime });
