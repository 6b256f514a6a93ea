// Fills the tables of options and of figures in the pages: `npm run docs`.
import { fillPages } from './docs/pages.ts';

await fillPages();
