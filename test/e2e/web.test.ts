import { definePage, definePictures } from './web.ts';

definePage('node');
for (const runtime of ['node', 'deno', 'packaged'] as const) definePictures(runtime);
