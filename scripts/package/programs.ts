import type { Target } from '../native/recipe.ts';

/** The programs that are packaged: each is src/<name>.ts. */
export const PROGRAMS = ['image-sender', 'image-receiver'] as const;

export type Program = (typeof PROGRAMS)[number];

/** Largest archive, in bytes. */
export const ARCHIVE_LIMIT = 40_000_000;

/** The README.txt beside a packaged program. */
export function describePackage(programs: readonly Program[], target: Target, version: string): string {
  const machine = target === 'linux-arm64' ? 'a 64-bit Raspberry Pi (or other arm64 machine)' : 'a 64-bit PC (x86-64)';
  const debian = 'Debian 12 (Bookworm) and later, Ubuntu 22.04 and later';
  const systems = target === 'linux-arm64' ? `Raspberry Pi OS Bookworm and later, ${debian}` : debian;
  return `${programs.join(' and ')} ${version} of image-socket, for ${machine} with Linux:
${systems}.

Nothing has to be installed. Unpack this folder anywhere, keep its files together, and run

${programs.map((name) => `  ./${name} --help`).join('\n')}

${describeUse(programs)}
Files:
  ${programs.join(', ').padEnd(27)} the program${programs.length > 1 ? 's' : ''}
  opencv4nodejs.node          OpenCV: cameras, video files, pictures
  libopencv_highgui_gtk3.so   the window, where the system has GTK 3 (package libgtk-3-0); may be missing
  licenses/                   whose work is inside, and on what terms (see NOTICE and NOTICE-programs)

Do not copy another version over a program that runs: unpack it beside this folder, and start it there.
Every option and exit code is in --help, and in the pages of image-socket's source.
`;
}

function describeUse(programs: readonly Program[]): string {
  const uses: Record<Program, string> = {
    'image-receiver': `To receive pictures on port 8080 from other machines and show them:
  ./image-receiver --host 0.0.0.0 --show
`,
    'image-sender': `To send the camera's pictures to a receiver on the machine my-pc.local (put its name or address):
  ./image-sender rpicam --host my-pc.local     (a camera module; camera in place of rpicam is for USB)

What does not work, and what to type:
  ./image-sender doctor
`,
  };
  return programs.map((name) => uses[name]).join('\n');
}
