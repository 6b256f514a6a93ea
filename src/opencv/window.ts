import process from 'node:process';
import { CodedError } from '../protocol/errors.ts';
import type { Addon, Mat } from './addon.ts';

/** Keys that end the program, by their codes. */
const quitKeys: readonly number[] = ['q'.charCodeAt(0), 'Q'.charCodeAt(0), 27];

/** OpenCV's windows, one for each title. All of it runs on the main thread: GTK knows no other. */
export class Windows {
  readonly #cv: Addon;
  readonly #titles = new Set<string>();

  /** @throws CodedError WINDOW_FAILED where there is no display, or no GTK 3 for the plugin beside the addon */
  constructor(cv: Addon) {
    this.#cv = cv;
    const { DISPLAY: x11, WAYLAND_DISPLAY: wayland } = process.env;
    if (!x11 && !wayland) {
      throw new CodedError(
        'WINDOW_FAILED',
        'Cannot open a window as there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. Leave out --show, or start it on a desktop',
      );
    }
    try {
      // The first call loads the plugin and asks for the display; a window that opens later would fail in mid-stream.
      cv.waitKey(1);
    } catch (error) {
      throw new CodedError('WINDOW_FAILED', describeFailure(error as Error), { cause: error });
    }
  }

  /** Shows a picture, in a new window where there is none of that title. */
  show(title: string, mat: Mat): void {
    if (!this.#titles.has(title)) {
      this.#cv.namedWindow(title, this.#cv.WINDOW_AUTOSIZE);
      this.#titles.add(title);
    }
    this.#cv.imshow(title, mat);
  }

  close(title: string): void {
    if (!this.#titles.delete(title)) return;
    this.#cv.destroyWindow(title);
  }

  /** Lets the windows redraw and read their keys, for about a millisecond. True when somebody wants to quit. */
  poll(): boolean {
    if (this.#titles.size === 0) return false;
    return quitKeys.includes(this.#cv.waitKey(1) & 0xff);
  }
}

function describeFailure(error: Error): string {
  const first = error.message.split('\n')[0] ?? '';
  const advice = 'It needs GTK 3 (`sudo apt-get install libgtk-3-0`) and libopencv_highgui_gtk3.so beside the addon';
  return `Cannot open a window: ${first}. ${advice}`;
}
