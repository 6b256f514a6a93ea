import { defineBroker } from './broker.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) defineBroker(runtime);
