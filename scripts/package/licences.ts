import { existsSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE_VERSION } from '../native/node.ts';
import { projectRoot } from '../native/project.ts';

/** Adds to `directory` the licences of this project, of Node and of the npm packages inside the programs. */
export async function addProgramLicences(directory: string, packages: readonly string[], node: string): Promise<void> {
  await cp(join(projectRoot, 'LICENSE'), join(directory, 'image-socket-LICENSE'));
  await cp(join(node, 'LICENSE'), join(directory, 'node-LICENSE'));
  await writeFile(join(directory, 'NOTICE-programs'), await describePrograms(packages));
  for (const name of packages) {
    const folder = join(projectRoot, 'node_modules', name);
    for (const file of (await readdir(folder)).filter((entry) => /^(licen[cs]e|copying|notice)/i.test(entry))) {
      await cp(join(folder, file), join(directory, `npm-${name.replace('/', '-')}-${file}`));
    }
  }
}

/** The notice over them: each component with its version and licence. */
export async function describePrograms(packages: readonly string[]): Promise<string> {
  const rows = [`  ${'node'.padEnd(24)} ${NODE_VERSION.padEnd(12)} MIT (its LICENSE names the libraries inside)`];
  for (const name of packages) {
    const file = join(projectRoot, 'node_modules', name, 'package.json');
    const manifest = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>) : {};
    rows.push(`  ${name.padEnd(24)} ${String(manifest.version).padEnd(12)} ${String(manifest.license)}`);
  }
  return `The programs of image-socket (MIT, see image-socket-LICENSE) hold the code of these:

${rows.join('\n')}

Their licence texts are the files beside this one. The native libraries have a NOTICE of their own.
`;
}
