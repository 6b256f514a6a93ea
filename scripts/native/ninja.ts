import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from './steps.ts';
import type { Toolchain } from './toolchain.ts';

/** One shared library from C++ files. */
export interface LibraryPlan {
  /** File name of the result, in the step's folder. */
  output: string;
  /** C++ files; absolute, or relative to the step's folder. */
  sources: readonly string[];
  compileFlags: readonly string[];
  /** What comes after the object files on the linker's command line. */
  linkFlags: readonly string[];
  isStripped: boolean;
}

/** Compiles and links a shared library with ninja. */
export async function buildSharedLibrary(step: Step, tools: Toolchain, plan: LibraryPlan): Promise<void> {
  const objects = plan.sources.map((source, index) => ({ source, object: `objects/${index}.o` }));
  const strip = plan.isStripped ? ` && ${tools.triplet}-strip $out` : '';
  const lines = [
    'rule compile',
    `  command = ${tools.cxx} ${plan.compileFlags.map(quote).join(' ')} -MMD -MF $out.d -c $in -o $out`,
    '  description = compile $in',
    '  depfile = $out.d',
    '  deps = gcc',
    'rule link',
    `  command = ${tools.cxx} -o $out $in ${plan.linkFlags.map(quote).join(' ')}${strip}`,
    '  description = link $out',
    ...objects.map(({ source, object }) => `build ${object}: compile ${source}`),
    `build ${plan.output}: link ${objects.map(({ object }) => object).join(' ')}`,
    '',
  ];
  await writeFile(join(step.folder, 'build.ninja'), lines.join('\n'));
  await step.run('ninja', [`-j${tools.jobs}`, plan.output]);
}

/** For the shell, and for ninja, to which a dollar sign is special. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`.replaceAll('$', '$$$$');
}
