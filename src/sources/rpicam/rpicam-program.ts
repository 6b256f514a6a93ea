import { findProgram } from '../../system/search-path.ts';

/** The command that installs them. */
export const rpicamInstallCommand = 'sudo apt-get install rpicam-apps-lite';

/** Advice for the case that no camera module is found. */
export const csiCameraAdvice =
  'switch the Pi off and see that the ribbon cable sits straight at both ends; then see that camera_auto_detect=1 is in /boot/firmware/config.txt';

/**
 * The absolute path of rpicam-vid, or of its older name libcamera-vid; undefined: not installed. It
 * lists the cameras as well.
 */
export async function findRpicamVid(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  return (await findProgram('rpicam-vid', environment)) ?? (await findProgram('libcamera-vid', environment));
}
