import { after } from 'node:test';
import { closeBrowser } from '../support/browser.ts';
import { definePage } from './web-page.ts';
import { definePictures } from './web-pictures.ts';
import { defineRecordings } from './web-recordings.ts';
import { defineWebResults } from './web-results.ts';

for (const runtime of ['node', 'deno', 'packaged'] as const) definePictures(runtime);
// The page does the same whatever serves its files.
definePage('node');
defineWebResults('packaged');
defineRecordings('node');

after(closeBrowser);
