import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { extractDebs, openArchive } from '../debian/archive.ts';
import { COMPILE_FLAGS, COMPILER_PACKAGES, type Target } from './recipe.ts';
import type { Step, StepRunner } from './steps.ts';

/** The compilers and tools of one target, in a folder of their own. */
export interface Toolchain {
  target: Target;
  /** The GNU triplet, which is also the prefix of the tools' names. */
  triplet: string;
  /** The processor by its name in CMake and FFmpeg. */
  processor: string;
  /** True where the result does not run on the building machine. */
  cross: boolean;
  /** Folder of the tools: `${triplet}-gcc`, `${triplet}-ar` and so on. */
  bin: string;
  cc: string;
  cxx: string;
  jobs: number;
}

const MACHINES = {
  'linux-x64': { triplet: 'x86_64-linux-gnu', processor: 'x86_64', cross: false },
  'linux-arm64': { triplet: 'aarch64-linux-gnu', processor: 'aarch64', cross: true },
} as const satisfies Record<Target, object>;

const BINARY_TOOLS = ['ar', 'as', 'ld', 'nm', 'objcopy', 'ranlib', 'readelf', 'strip'];

/** Says where the tools for `target` are in a work folder, whether or not they are there yet. */
export function describeToolchain(target: Target, work: string): Toolchain {
  const machine = MACHINES[target];
  const bin = join(work, 'toolchain/bin');
  const [cc, cxx] = [join(bin, `${machine.triplet}-gcc`), join(bin, `${machine.triplet}-g++`)];
  return { target, ...machine, bin, cc, cxx, jobs: availableParallelism() };
}

/**
 * Unpacks Debian 12's compilers for the target, with their C and C++ libraries, and puts a starter for each tool into
 * `tools.bin`. The system's own are not used: on a newer Debian the result would ask for a newer glibc than a
 * Raspberry Pi has.
 */
export async function unpackToolchain(steps: StepRunner, tools: Toolchain): Promise<void> {
  const packages = COMPILER_PACKAGES[tools.target];
  await steps.runStep('toolchain', packages, async (step) => {
    const archive = await openArchive({ suite: 'bookworm', arch: 'amd64' });
    const root = join(step.folder, 'root');
    const debs = await archive.downloadPackages(packages, join(step.folder, 'debs'), { dependencies: true });
    await extractDebs(debs, root);
    await writeStarters(step, tools, root);
  });
}

async function writeStarters(step: Step, tools: Toolchain, root: string): Promise<void> {
  // Apart from tools.bin, which is in the PATH: there, by their plain names, they would serve the system's compiler too.
  const forCompiler = join(step.folder, 'for-compiler');
  await mkdir(tools.bin);
  await mkdir(forCompiler);
  // The tools' own libraries, of which glibc's (in root/lib) are none: those must fit the system's loader.
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const start = (name: string, command: string) =>
    writeFile(
      join(tools.bin, `${tools.triplet}-${name}`),
      `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${root}/usr/bin/${tools.triplet}-'${command} "$@"\n`,
      { mode: 0o755 },
    );
  for (const tool of BINARY_TOOLS) {
    await start(tool, tool);
    // By these names the compiler looks for its assembler and linker in the folder of -B.
    await symlink(`../bin/${tools.triplet}-${tool}`, join(forCompiler, tool));
  }
  await start('gcc', `gcc-12 '--sysroot=${root}' '-B${forCompiler}'`);
  await start('g++', `g++-12 '--sysroot=${root}' '-B${forCompiler}'`);
  await step.run(tools.cxx, ['--version']);
}

/** The C and C++ flags of the step in `folder`; the names of the machine's folders are kept out of the result. */
export function listCompileFlags(folder: string): string[] {
  return [...COMPILE_FLAGS, `-ffile-prefix-map=${dirname(folder)}=.`];
}

/** What every CMake build gets. */
export function listCmakeOptions(tools: Toolchain, folder: string, prefix: string): string[] {
  const flags = listCompileFlags(folder).join(' ');
  const options = [
    '-GNinja',
    '-DCMAKE_BUILD_TYPE=Release',
    `-DCMAKE_C_COMPILER=${tools.cc}`,
    `-DCMAKE_CXX_COMPILER=${tools.cxx}`,
    `-DCMAKE_C_FLAGS=${flags}`,
    `-DCMAKE_CXX_FLAGS=${flags}`,
    `-DCMAKE_INSTALL_PREFIX=${prefix}`,
    // With its type, or CMake takes it for a path from the current folder.
    '-DCMAKE_INSTALL_LIBDIR:PATH=lib',
    '-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF',
  ];
  if (!tools.cross) return options;
  return [...options, '-DCMAKE_SYSTEM_NAME=Linux', `-DCMAKE_SYSTEM_PROCESSOR=${tools.processor}`];
}
