import { definePage } from './web-page.ts';
import { definePictures } from './web-pictures.ts';
import { defineRecordings } from './web-recordings.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) definePictures(runtime);
for (const runtime of ['node', 'packaged'] as const) definePage(runtime);
defineRecordings('node');
