// Prints the text of a release: `node scripts/release-notes.ts --tag v1.2.3 --address https://github.com/owner/name`.
import './no-multicast.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { runCommandLine } from './cli/run-command-line.ts';
import { projectRoot } from './native/project.ts';
import { type Manifest, readAddress } from './release/address.ts';
import { formatNotes } from './release/notes.ts';

await runCommandLine({
  name: 'release-notes',
  usage: 'usage: node scripts/release-notes.ts --tag TAG [--address URL]',
  read(args) {
    const options = { tag: { type: 'string' }, address: { type: 'string' } } as const;
    const { tag, ...given } = parseArgs({ args: [...args], options }).values;
    const address = readAddress(given.address, packageJson as Manifest);
    if (tag === undefined || address === undefined) throw new Error('--tag and --address are needed');
    return { tag, address };
  },
  async run({ tag, address }) {
    const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
    process.stdout.write(formatNotes({ readme, version: packageJson.version, tag, address }));
    return 0;
  },
});
