import { after, describe } from 'node:test';
import { closeBrowser } from '../support/browser.ts';
import { defineLens } from './lens.ts';

describe('joining through the lens, from source', () => defineLens('node'));
describe('joining through the lens, packaged', () => defineLens('packaged'));

after(closeBrowser);
