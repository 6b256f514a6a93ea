import type { QrCode } from './qr-code.ts';

/** The dark modules as the `d` of a path of SVG: a module is one unit wide. */
export function drawSvgPath(code: QrCode): string {
  return code.flatMap((row, y) => listRuns(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`)).join('');
}

/** The dark modules of a row that touch: where they begin, and how many they are. */
function listRuns(row: readonly boolean[]): [x: number, width: number][] {
  const runs: [number, number][] = [];
  row.forEach((isDark, x) => {
    if (!isDark) return;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === x) last[1]++;
    else runs.push([x, 1]);
  });
  return runs;
}
