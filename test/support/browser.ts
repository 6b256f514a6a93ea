import { installPackages } from '../../scripts/debian/install.ts';

await installPackages(['chromium'], 'looking at the page in a browser');
