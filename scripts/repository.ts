// Makes an apt repository of the packages in dist: `npm run repository -- DIR`.
import './no-multicast.ts';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { resolvePlace } from './cli/results-place.ts';
import { runCommandLine } from './cli/run-command-line.ts';
import { projectRoot } from './native/project.ts';
import { COMPONENT, SUITE } from './repository/index-files.ts';
import { KEYRING, listSignatures } from './repository/sign.ts';
import { writeRepository } from './repository/write.ts';

const usage = `usage: npm run repository -- DIR [--from FOLDER] [--gpg-key KEY]

DIR is a new folder, or a repository that gets the packages beside its older ones.
  --from     the folder with SHA256SUMS and the packages (default: dist)
  --gpg-key  sign with this key of gpg (default: the variable IMAGE_SOCKET_GPG_KEY)`;

interface Options {
  readonly folder: string;
  readonly from: string;
  readonly key: string | undefined;
}

await runCommandLine<Options>({
  name: 'repository',
  usage,
  read(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { from: { type: 'string' }, 'gpg-key': { type: 'string' } },
    });
    const [folder, more] = positionals;
    if (folder === undefined || more !== undefined) throw new Error('one folder is needed');
    const key = values['gpg-key'] ?? process.env['IMAGE_SOCKET_GPG_KEY'] ?? '';
    const from = values.from === undefined ? join(projectRoot, 'dist') : resolvePlace(values.from);
    return { folder: resolvePlace(folder), from, key: key === '' ? undefined : key };
  },
  async run({ folder, from, key }) {
    const names = await writeRepository(folder, { from, key });
    process.stdout.write(`repository: ${names.length} packages in ${folder}: ${names.join(' ')}\n`);
    process.stdout.write(key === undefined ? describeUnsigned(folder) : describeSigned(folder));
    return 0;
  },
});

function describeUnsigned(folder: string): string {
  const commands = listSignatures(join(folder, 'dists', SUITE), 'KEY').map((args) => `  gpg ${args.join(' ')}\n`);
  return `repository: it is not signed, so apt wants [trusted=yes]. --gpg-key KEY signs it. So do, by hand:
${commands.join('')}`;
}

function describeSigned(folder: string): string {
  return `repository: signed; the public key is ${join(folder, KEYRING)}. A source of apt for it:
  deb [signed-by=/etc/apt/keyrings/${KEYRING}] URL ${SUITE} ${COMPONENT}\n`;
}
