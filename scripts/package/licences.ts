import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE_VERSION } from '../native/node.ts';
import { projectRoot } from '../native/project.ts';

/** Adds to `directory` the licences of this project, of Node and of the npm packages inside the programs. */
export async function addProgramLicences(directory: string, packages: readonly string[], node: string): Promise<void> {
  await cp(join(projectRoot, 'LICENSE'), join(directory, 'image-socket-LICENSE'));
  await cp(join(node, 'LICENSE'), join(directory, 'node-LICENSE'));
  await writeFile(join(directory, 'NOTICE-programs'), await describePrograms(packages));
  for (const path of packages) {
    const folder = join(projectRoot, 'node_modules', path);
    const name = path.replaceAll('/node_modules/', '-').replaceAll('/', '-');
    for (const file of (await readdir(folder)).filter((entry) => /^(licen[cs]e|copying|notice)/i.test(entry))) {
      await cp(join(folder, file), join(directory, `npm-${name}-${file}`));
    }
  }
}

/** Code of others inside. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
}

/** The notice over them: each component with its version and licence. */
export async function describePrograms(packages: readonly string[]): Promise<string> {
  const rows = (await listComponents(packages)).map(({ name, version, licence }) => {
    const more = name === 'node' ? ' (its LICENSE names the libraries inside)' : '';
    return `  ${name.padEnd(24)} ${version.padEnd(12)} ${licence}${more}`;
  });
  return `The programs of image-socket (MIT, see image-socket-LICENSE) hold the code of these:

${rows.join('\n')}

Their licence texts are the files beside this one. The native libraries have a NOTICE of their own.
`;
}

/** Node and the npm packages. @param packages folders below node_modules */
export async function listComponents(packages: readonly string[]): Promise<Component[]> {
  const components: Component[] = [{ name: 'node', version: NODE_VERSION, licence: 'MIT' }];
  for (const folder of packages) {
    const text = await readFile(join(projectRoot, 'node_modules', folder, 'package.json'), 'utf8');
    const { name, version, license } = JSON.parse(text) as Record<string, unknown>;
    components.push({ name: String(name), version: String(version), licence: String(license) });
  }
  return components;
}
