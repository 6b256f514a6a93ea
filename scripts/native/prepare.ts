import { mkdir } from 'node:fs/promises';
import { installPackages } from '../debian/install.ts';
import { userCachePath } from '../debian/user-cache.ts';
import { hashFiles } from './hash-files.ts';
import { buildLibraries, type Libraries } from './libraries.ts';
import { fetchNode } from './node.ts';
import { BUILD_PACKAGES, EMULATOR_PACKAGES, type Target } from './recipe.ts';
import { fetchSources } from './sources.ts';
import { type StepRunner, startSteps } from './steps.ts';
import { describeToolchain, type Toolchain, unpackToolchain } from './toolchain.ts';

/** The files of this folder that shape each step of a build. */
export const STEP_FILES = ['libraries.ts', 'sources.ts', 'toolchain.ts'];

/** Everything that an addon is compiled and linked with. */
export interface Prepared {
  readonly steps: StepRunner;
  readonly tools: Toolchain;
  readonly libraries: Libraries;
  /** Folder of a Node with its headers. */
  readonly node: string;
}

/** The folder of the build trees. */
export function workFolder(target: Target): string {
  return userCachePath('native', 'work', target);
}

/** Makes compilers and static libraries. Keeps those that an earlier build has left in the work folder. */
export async function prepareBuild(target: Target): Promise<Prepared> {
  const emulator = target === 'linux-arm64' ? EMULATOR_PACKAGES : [];
  await installPackages([...BUILD_PACKAGES, ...emulator], "the native addon's build");
  const work = workFolder(target);
  await mkdir(work, { recursive: true });
  const tools = describeToolchain(target, work);
  // The user's own flags would change the result.
  const cleared = Object.fromEntries(['CFLAGS', 'CXXFLAGS', 'CPPFLAGS', 'LDFLAGS'].map((name) => [name, undefined]));
  const env = { ...cleared, PATH: `${tools.bin}:${process.env.PATH}` };
  const steps = startSteps(work, `native ${target}`, await hashFiles(STEP_FILES), env);
  const [node] = await Promise.all([fetchNode(target), unpackToolchain(steps, tools), fetchSources()]);
  return { steps, tools, libraries: await buildLibraries(steps, tools), node };
}
