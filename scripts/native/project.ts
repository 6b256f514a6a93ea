import { join } from 'node:path';

/** The folder of package.json. */
export const projectRoot: string = join(import.meta.dirname, '../..');
