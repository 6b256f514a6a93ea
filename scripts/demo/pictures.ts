import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { encodeJpeg, type Paint } from './jpeg.ts';

const [width, height] = [480, 320];
const frames = 60;
/** Frames per second: they make a round of six seconds. */
export const picturesFps = 10;

/** Draws the pictures into a folder: hills under a sun, which goes round. */
export async function drawPictures(folder: string): Promise<void> {
  for (let i = 0; i < frames; i++) {
    const jpeg = encodeJpeg(width, height, paintScene(i / frames));
    await writeFile(join(folder, `${i}.jpg`), jpeg);
    // Signals, and what the programs write, have their turn.
    await setImmediate();
  }
}

/** @param time 0 to 1, and then from the beginning */
function paintScene(time: number): Paint {
  const angle = 2 * Math.PI * time;
  const [sunX, sunY] = [width / 2 - 190 * Math.cos(angle), 190 - 150 * Math.sin(angle)];
  const light = 0.35 + 0.65 * Math.max(0, Math.sin(angle));
  return (x, y) => {
    const near = 250 + 18 * Math.sin(x / 70 + angle);
    const far = 205 + 24 * Math.sin(x / 45 + 2);
    if (y > near) return shade(0x4f7d3a, light);
    if (y > far) return shade(0x86a66b, light);
    if (Math.hypot(x - sunX, y - sunY) < 24) return 0xffd75e;
    return shade(0x9fc9ee, light * (0.6 + (0.4 * y) / far));
  };
}

function shade(color: number, light: number): number {
  const channel = (shift: number) => Math.round(((color >> shift) & 255) * light) << shift;
  return channel(16) | channel(8) | channel(0);
}
