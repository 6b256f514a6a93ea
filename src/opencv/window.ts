import process from 'node:process';
import { CodedError } from '../errors.ts';
import { type Addon, firstLine, type Mat } from './addon.ts';

/** Keys that end the program, by their codes. */
const quitKeys: readonly number[] = ['q'.charCodeAt(0), 'Q'.charCodeAt(0), 27];

const trialTitle = 'image-receiver';
/** WND_PROP_AUTOSIZE. Any property shows whether the window is still open. */
const autosizeProperty = 1;

/**
 * OpenCV's windows, one for each title. All calls are on the main thread: GTK works on no other.
 */
export class Windows {
  readonly #cv: Addon;
  /** By title. A window that the user has closed stays closed until its sender goes. */
  readonly #windows = new Map<string, 'open' | 'closed by hand'>();

  /**
   * @throws CodedError WINDOW_FAILED where there is no display, or no GTK 3 for the plugin beside
   * the addon
   */
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
      // A trial now finds a display that does not answer; a failure in mid-stream would come too
      // late.
      cv.namedWindow(trialTitle, cv.WINDOW_AUTOSIZE);
      cv.destroyWindow(trialTitle);
      cv.waitKey(1);
    } catch (error) {
      const display = x11 ? `DISPLAY is ${x11}` : `WAYLAND_DISPLAY is ${wayland}`;
      const advice = `It needs a display that answers (${display}), GTK 3 (\`sudo apt-get install libgtk-3-0\`) and libopencv_highgui_gtk3.so beside the addon`;
      throw new CodedError('WINDOW_FAILED', `Cannot open a window: ${firstLine(error).message}. ${advice}`);
    }
  }

  /** Shows a picture, in a new window where there is none of that title. */
  show(title: string, mat: Mat): void {
    if (this.#windows.get(title) === 'closed by hand') return;
    if (!this.#windows.has(title)) {
      this.#cv.namedWindow(title, this.#cv.WINDOW_AUTOSIZE);
      this.#windows.set(title, 'open');
    }
    this.#cv.imshow(title, mat);
  }

  close(title: string): void {
    const state = this.#windows.get(title);
    this.#windows.delete(title);
    if (state !== 'open') return;
    try {
      this.#cv.destroyWindow(title);
    } catch {
      // The user has closed it since the last poll.
    }
  }

  /**
   * Lets the windows redraw and read keys, for about a millisecond. True when the user wants to
   * quit.
   */
  poll(): boolean {
    const key = this.#cv.waitKey(1) & 0xff;
    for (const [title, state] of this.#windows) {
      if (state === 'open' && this.#isClosed(title)) this.#windows.set(title, 'closed by hand');
    }
    return quitKeys.includes(key);
  }

  #isClosed(title: string): boolean {
    try {
      return this.#cv.getWindowProperty(title, autosizeProperty) < 0;
    } catch {
      return true;
    }
  }
}
