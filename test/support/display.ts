import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../../scripts/debian/command.ts';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child, runChild } from './child.ts';

const COMMAND_TIMEOUT_MS = 10_000;
const POLL_MS = 100;

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

  /** What a program needs to open its windows here, and nowhere else. */
  get env(): Record<string, string | undefined> {
    return { DISPLAY: this.name, WAYLAND_DISPLAY: undefined, XAUTHORITY: undefined, GDK_BACKEND: 'x11' };
  }

  /** Writes the whole screen to a file; its extension gives the format: .png, or .ppm, whose pixels are easily read. */
  async screenshot(file: string): Promise<void> {
    await runChild('import', ['-window', 'root', '-depth', '8', file], COMMAND_TIMEOUT_MS, { env: this.env });
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
  await installPackages(['xvfb', 'imagemagick', 'xdotool', 'libgtk-3-bin'], 'the window tests');
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
