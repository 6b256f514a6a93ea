import type { Camera } from '../../frames/camera.ts';
import { formatConnection, type ReceivedFrame } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import type { Addon } from '../../opencv/addon.ts';
import { decodeJpeg } from '../../opencv/jpeg.ts';
import { counted } from '../../system/counted.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { FrameProcessor } from '../queue/frame-processor.ts';

/**
 * Decodes each picture and drops the pixels: finds damaged pictures, and measures what a decode
 * costs.
 */
export class DecodeProcessor implements FrameProcessor {
  readonly #cv: Addon;
  readonly #log: LimitedLog;
  #decoded = 0;
  #damaged = 0;

  constructor(cv: Addon, log: Log) {
    this.#cv = cv;
    this.#log = new LimitedLog(log);
  }

  /** A damaged picture is counted, and is no failure of the sink. */
  async process(frame: ReceivedFrame, camera: Camera): Promise<void> {
    try {
      const mat = await decodeJpeg(this.#cv, frame.jpeg);
      mat.release();
      this.#decoded++;
    } catch (error) {
      this.#damaged++;
      camera.damaged++;
      const line = `${formatConnection(frame.connection)}: frame ${frame.sequence}: ${(error as Error).message}`;
      this.#log.warn('damaged', line, hostKeyOf(frame.connection.address));
    }
  }

  async close(): Promise<void> {
    const damaged = counted(this.#damaged, 'picture was', 'pictures were');
    const decoded = counted(this.#decoded, 'was', 'were');
    if (this.#damaged > 0) this.#log.warn('end', `${damaged} damaged, ${decoded} not`);
  }
}
