import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireCommand } from '../../scripts/debian/command.ts';
import { formatInstaller } from '../../scripts/release/installer.ts';
import { writeSums } from '../../scripts/release/sums.ts';

export interface SmallRelease {
  readonly version?: string;
  /** The shell script in place of the program. */
  readonly program?: string;
  readonly address?: string;
}

const archive = 'image-sender-linux-x64.tar.xz';
/** The folder in the archive. */
export const topFolder = (version: string): string => `image-sender-${version}-linux-x64`;
export const deb = (version: string): string => `image-sender_${version}_amd64.deb`;

/** Fills a folder like `dist` with small files: the archive of image-sender, a package that is none, and the rest. */
export async function writeSmallRelease(
  folder: string,
  { version = '1.0.0', program = `echo image-sender ${version}`, address }: SmallRelease = {},
): Promise<void> {
  const top = topFolder(version);
  await rm(join(folder, top), { recursive: true, force: true });
  await mkdir(join(folder, top), { recursive: true });
  await writeFile(join(folder, top, 'image-sender'), `#!/bin/sh\n${program}\n`);
  await chmod(join(folder, top, 'image-sender'), 0o755);
  await writeFile(join(folder, top, 'opencv4nodejs.node'), `the addon of ${version}`);
  await requireCommand('Packing', 'tar', ['-cJf', join(folder, archive), '-C', folder, top]);
  await rm(join(folder, top), { recursive: true });
  await writeFile(join(folder, deb(version)), `the package of ${version}`);
  await writeFile(join(folder, 'image-sender-lite'), `#!/usr/bin/env python3\nprint("lite ${version}")\n`);
  await writeFile(join(folder, 'install.sh'), await formatInstaller(address));
  await writeSums(folder, [archive, deb(version), 'image-sender-lite', 'install.sh']);
}
