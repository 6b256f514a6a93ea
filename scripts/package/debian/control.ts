import type { Target } from '../../native/recipe.ts';
import type { Program } from '../programs.ts';

/** Debian's names of the targets. */
export const architectures: Readonly<Record<Target, string>> = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' };

export const maintainer = 'image-socket contributors <image-socket@users.noreply.github.com>';

interface ProgramFacts {
  readonly summary: string;
  readonly description: readonly string[];
  readonly relations: Readonly<Record<string, string>>;
}

const facts: Readonly<Record<Program, ProgramFacts>> = {
  'image-sender': {
    summary: 'send the pictures of a camera to image-receiver, the newest first',
    description: [
      'Sends the pictures of a camera module of a Raspberry Pi, of a USB camera, of',
      'another program or of files to image-receiver. On a slow network it drops old',
      'pictures and sends the newest.',
    ],
    relations: { Recommends: 'rpicam-apps-lite | rpicam-apps', Suggests: 'image-receiver' },
  },
  'image-receiver': {
    summary: 'receive pictures of cameras: show, record and hand them on',
    description: [
      'Receives the pictures of any number of cameras from image-sender, shows them in',
      'a browser, records them, and hands them to other programs. It measures the',
      'latency of each picture.',
    ],
    relations: { Suggests: 'image-sender, libgtk-3-0t64 | libgtk-3-0' },
  },
};

export interface ControlInput {
  readonly program: Program;
  readonly target: Target;
  /** As `debianVersion` gives it. */
  readonly version: string;
  /** Newest version of glibc's symbols in use. */
  readonly glibc: string;
  /** Of the installed files, in KiB. */
  readonly installedKiB: number;
}

/** The file `control` of a package, as deb-control(5) describes it. */
export function formatControl({ program, target, version, glibc, installedKiB }: ControlInput): string {
  const { summary, description, relations } = facts[program];
  const fields = {
    Package: program,
    Version: version,
    Architecture: architectures[target],
    Maintainer: maintainer,
    'Installed-Size': `${installedKiB}`,
    // Node's own C++ needs libstdc++ of GCC 7.
    Depends: `libc6 (>= ${glibc}), libgcc-s1, libstdc++6 (>= 7)`,
    ...relations,
    Section: 'video',
    Priority: 'optional',
    Description: [summary, ...description.map((line) => ` ${line}`)].join('\n'),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join('\n')}\n`;
}

/** Debian sorts `0.2.0~rc.1` before `0.2.0`, as npm does with `0.2.0-rc.1`. */
export function debianVersion(version: string): string {
  return version.replaceAll('-', '~');
}
