import { chmod, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { receiverCommandLine } from '../../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../../src/cli/sender/commands.ts';
import { projectRoot } from '../../native/project.ts';
import type { Target } from '../../native/recipe.ts';
import { type Component, listComponents } from '../licences.ts';
import type { Program } from '../programs.ts';
import { secretsFolder } from './configuration.ts';
import { debianVersion } from './control.ts';
import { formatCopyright } from './copyright.ts';
import { listTexts } from './files.ts';
import { install, makeFolder } from './install.ts';
import { formatOverrides } from './overrides.ts';

const commandLines = { 'image-sender': senderCommandLine, 'image-receiver': receiverCommandLine };

export interface DebInput {
  readonly program: Program;
  readonly target: Target;
  readonly version: string;
  /** Of all files in it, since 1970. */
  readonly timeSeconds: number;
  /** The folder of the build: holds the program, the addon and `licenses`. */
  readonly directory: string;
  /** Files of that folder that are installed beside the program. */
  readonly libraries: readonly string[];
  /** The npm packages inside the program: folders below node_modules. */
  readonly packages: readonly string[];
}

/** Lays out below `root` all that the package installs. */
export async function fillData(root: string, input: DebInput): Promise<void> {
  const { program, version, timeSeconds, directory, libraries } = input;
  const library = `usr/lib/${program}`;
  await install(root, `${library}/${program}`, await readFile(join(directory, program)), 0o755);
  for (const name of libraries) await install(root, `${library}/${name}`, await readFile(join(directory, name)));
  await makeFolder(root, 'usr/bin');
  await symlink(`../lib/${program}/${program}`, join(root, 'usr/bin', program));
  const facts = { version, debianVersion: debianVersion(version), timeSeconds };
  const texts = listTexts({ commandLine: commandLines[program], ...facts });
  for (const [path, text] of Object.entries(texts)) await install(root, path, text);
  const licences = join(directory, 'licenses');
  const documents = `usr/share/doc/${program}`;
  for (const name of await readdir(licences))
    await install(root, `${documents}/licenses/${name}`, await readFile(join(licences, name)));
  await install(root, `${documents}/copyright`, await describeCopyright(input));
  await install(root, `usr/share/lintian/overrides/${program}`, formatOverrides(program));
  await makeFolder(root, secretsFolder(program).slice(1));
  await chmod(join(root, secretsFolder(program)), 0o700);
}

async function describeCopyright({ program, directory, packages }: DebInput): Promise<string> {
  const licence = await readFile(join(projectRoot, 'LICENSE'), 'utf8');
  const addonNotice = await readFile(join(directory, 'licenses/NOTICE'), 'utf8');
  const components: Component[] = await listComponents(packages);
  return formatCopyright({ program, licence, components, addonNotice });
}
