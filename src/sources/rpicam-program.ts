import { findProgram } from '../system/search-path.ts';

/** The programs of rpicam-apps that are used here: one for pictures, one to list the cameras. */
export type RpicamProgram = 'vid' | 'hello';

/** What to type where they are not installed. */
export const rpicamInstallCommand = 'sudo apt-get install rpicam-apps-lite';

/** What to do where there is no ribbon camera. */
export const ribbonCameraAdvice =
  'switch the Pi off and see that the ribbon cable sits straight at both ends; then see that camera_auto_detect=1 is in /boot/firmware/config.txt';

/** The absolute path of rpicam-vid or rpicam-hello, or of its older name libcamera-...; undefined: not installed. */
export async function findRpicamProgram(
  program: RpicamProgram,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  return (
    (await findProgram(`rpicam-${program}`, environment)) ?? (await findProgram(`libcamera-${program}`, environment))
  );
}
