// Fills the tables of options and of figures in the pages: `npm run docs`.
import './no-multicast.ts';
import { fillPages } from './docs/pages.ts';

await fillPages();
