import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../scripts/debian/command.ts';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child, runChild } from './child.ts';
import { PYTHON } from './python.ts';
import { Screen } from './screen.ts';

const COMMAND_TIMEOUT_MS = 10_000;
const POLL_MS = 100;
const CLOSE_SCRIPT = fileURLToPath(new URL('python/close_window.py', import.meta.url));

export interface DisplayWindow {
  /** X window number, in decimal. */
  id: string;
  title: string;
}

/** A screen in memory for programs that open windows; `await using` closes it at the end of the block. */
export class Display {
  readonly #server: Child;
  /** As in DISPLAY, ":99". */
  readonly name: string;

  constructor(server: Child, name: string) {
    this.#server = server;
    this.name = name;
  }

  /** The environment in which a program opens its windows here, and nowhere else. */
  get env(): Record<string, string | undefined> {
    return { DISPLAY: this.name, WAYLAND_DISPLAY: undefined, XAUTHORITY: undefined, GDK_BACKEND: 'x11' };
  }

  /** Writes the whole screen to a file; its extension gives the format: .png, or .ppm, whose pixels are easily read. */
  async screenshot(file: string): Promise<void> {
    await runChild('import', ['-window', 'root', '-depth', '8', file], COMMAND_TIMEOUT_MS, { env: this.env });
  }

  /** The whole screen as it is now. */
  async look(): Promise<Screen> {
    const directory = await mkdtemp(join(tmpdir(), 'image-socket-screen-'));
    try {
      const file = join(directory, 'screen.ppm');
      await this.screenshot(file);
      return new Screen(await readFile(file));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Waits for a screen that shows what is wanted: `complain` says what is wrong with it, and nothing where all is well. */
  async waitForScreen(complain: (screen: Screen) => string | undefined, timeoutMs: number): Promise<Screen> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const screen = await this.look();
      const complaint = complain(screen);
      if (complaint === undefined) return screen;
      if (Date.now() > end) throw new Error(`Not the wanted screen in ${timeoutMs} ms: ${complaint}`);
      await sleep(POLL_MS);
    }
  }

  /** The windows on the screen that have a title. */
  async windows(): Promise<DisplayWindow[]> {
    // Ends with 1 where it finds none.
    const found = await this.#xdotool('search', '--onlyvisible', '--name', '.');
    const windows = await Promise.all(
      found.split('\n').map(async (id) => ({ id, title: (await this.#xdotool('getwindowname', id)).trimEnd() })),
    );
    return windows.filter(({ id, title }) => id !== '' && title !== '');
  }

  /** Waits for the number of windows whose title matches and gives them; throws with the titles there are at the time-out. */
  async waitForWindows(title: RegExp, count: number, timeoutMs: number): Promise<DisplayWindow[]> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const windows = await this.windows();
      const matching = windows.filter((window) => title.test(window.title));
      if (matching.length === count) return matching;
      if (Date.now() > end) {
        const titles = windows.map((window) => JSON.stringify(window.title)).join(', ') || 'none';
        throw new Error(`Not ${count} windows titled ${title} in ${timeoutMs} ms: there are ${titles}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Gives the window the focus and types a key by its X name: "q", "Escape". */
  async sendKey(window: DisplayWindow, key: string): Promise<void> {
    // A real key press by way of the server: some toolkits ignore those that say they were sent by a program.
    const args = ['windowfocus', window.id, 'key', key];
    await runChild('xdotool', args, COMMAND_TIMEOUT_MS, { env: this.env });
  }

  async moveWindow(window: DisplayWindow, left: number, top: number): Promise<void> {
    await runChild('xdotool', ['windowmove', window.id, `${left}`, `${top}`], COMMAND_TIMEOUT_MS, { env: this.env });
  }

  /** Asks the program of the window to close it, as a click on its cross does. */
  async closeWindow(window: DisplayWindow): Promise<void> {
    await runChild(PYTHON, ['-B', CLOSE_SCRIPT, window.id], COMMAND_TIMEOUT_MS, { env: this.env });
  }

  async close(): Promise<void> {
    await this.#server.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Standard output; windows come and go, so that a failure means that there is nothing to tell. */
  async #xdotool(...args: string[]): Promise<string> {
    const env = { ...process.env, ...this.env };
    return (await runCommand('xdotool', args, { env, timeoutMs: COMMAND_TIMEOUT_MS })).stdout;
  }
}

/** Starts an X server without a screen on a free display number; `size` in pixels. No window manager runs in it. */
export async function startDisplay(size = '1280x800'): Promise<Display> {
  // libgtk-3-bin has one name on every Debian release, and depends on the library, whose name changes.
  await installPackages(['xvfb', 'imagemagick', 'xdotool', 'libgtk-3-bin', 'python3'], 'the window tests');
  const screen = ['-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-noreset'];
  const server = new Child('Xvfb', ['-displayfd', '1', ...screen]);
  try {
    const [, number] = await server.waitForLine('stdout', /^(\d+)$/, 20_000);
    return new Display(server, `:${number}`);
  } catch (error) {
    await server.stop();
    throw error;
  }
}
