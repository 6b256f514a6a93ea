import type { Camera } from '../frames/camera.ts';
import type { ReceivedFrame } from '../frames/received-frame.ts';
import { describeFrame } from './describe-frame.ts';

/**
 * The line before the bytes of a JPEG in a stream of framed pictures: one line of JSON with its line end. `bytes` in it says how many of
 * the JPEG follow; behind them the next line begins. `camera` is the camera's key, the rest as `--json` prints it.
 */
export function formatRecord(frame: ReceivedFrame, camera: Pick<Camera, 'key'>): string {
  return `${JSON.stringify({ camera: camera.key, ...describeFrame(frame) })}\n`;
}
