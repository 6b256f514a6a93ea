import { fileURLToPath } from 'node:url';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child, type ChildOptions } from './child.ts';
import { findFreePort } from './ports.ts';

// Another python3, without OpenCV, may come first in PATH.
export const PYTHON = '/usr/bin/python3';

/** The peers of the classic wire in the folder python/; each tells its options with `--help`. */
export type PythonScript = 'classic_server.py' | 'classic_camera_client.py' | 'classic_video_client.py';

/** Starts one of the Python peers, unbuffered, and returns at once. Installs Debian's Python and OpenCV on first use. */
export async function startPython(
  script: PythonScript,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Child> {
  await installPackages(['python3', 'python3-opencv'], 'the Python peers of the tests');
  const path = fileURLToPath(new URL(`python/${script}`, import.meta.url));
  // No Qt, GTK or GStreamer chatter belongs in a test's log; -B: no __pycache__ in the source tree.
  const env = { OPENCV_LOG_LEVEL: 'ERROR', ...options.env };
  return new Child(PYTHON, ['-B', '-u', path, ...args], { ...options, env });
}

/** A Python receiver on a free port of the loopback, ready for its first client. */
export async function startPythonServer(
  args: readonly string[] = [],
  options: ChildOptions = {},
): Promise<{ child: Child; port: number }> {
  const child = await startPython('classic_server.py', ['--port', `${await findFreePort()}`, ...args], options);
  try {
    const [, port] = await child.waitForLine('stderr', /^listening (\d+)$/, 30_000);
    return { child, port: Number(port) };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
