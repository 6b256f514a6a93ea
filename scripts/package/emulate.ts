import { installPackages } from '../debian/install.ts';
import { EMULATOR_PACKAGES, type Target } from '../native/recipe.ts';
import { prepareArm64Root } from '../native/verify.ts';

/** The command that runs a program of the target on this machine: emulated where need be. */
export async function commandFor(
  target: Target,
  file: string,
  args: readonly string[],
): Promise<[command: string, ...args: string[]]> {
  if (target !== 'linux-arm64') return [file, ...args];
  await installPackages(EMULATOR_PACKAGES, 'trying the arm64 programs');
  return ['qemu-aarch64-static', '-L', await prepareArm64Root(), file, ...args];
}
