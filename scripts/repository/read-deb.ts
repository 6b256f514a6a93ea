import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { requireCommand } from '../debian/command.ts';
import { readAr } from '../package/debian/ar.ts';

/** Facts about a Debian package for an index of packages. */
export interface DebFacts {
  /** The file `control`: fields and values, in their order. */
  readonly control: ReadonlyMap<string, string>;
  /** When it was made, since 1970. */
  readonly timeSeconds: number;
}

/** Reads a Debian package as `writeDeb` writes it, with tar and xz, and without dpkg. @throws Error for another file */
export async function readDeb(path: string): Promise<DebFacts> {
  const { members, timeSeconds } = readAr(await readFile(path), basename(path));
  const archive = members.find(({ name }) => name === 'control.tar.xz');
  if (members[0]?.name !== 'debian-binary' || archive === undefined)
    throw new Error(`Cannot read ${path}: it is no Debian package with a control.tar.xz`);
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-deb-'));
  try {
    const tar = join(folder, archive.name);
    await writeFile(tar, archive.bytes);
    const args = ['--extract', '--to-stdout', '--file', tar, './control'];
    const text = await requireCommand(`Reading ${path}`, 'tar', args);
    return { control: readControl(text), timeSeconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A line that begins with a space goes on with the value before it. */
function readControl(text: string): Map<string, string> {
  const fields = text.trimEnd().split(/\n(?! )/);
  return new Map(
    fields.map((field) => {
      const end = field.indexOf(':');
      return [field.slice(0, end), field.slice(end + 1).trim()];
    }),
  );
}

/** A field that each package has. */
export function readField({ control }: DebFacts, name: string): string {
  const value = control.get(name);
  if (value === undefined) throw new Error(`A Debian package has no field ${name}`);
  return value;
}
