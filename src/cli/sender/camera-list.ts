import type { CameraFormat, CameraInfo, CameraSize } from '../../sources/camera-info.ts';

/** Columns. */
const lineWidth = 100;
const indent = '    ';

/**
 * The cameras for a person, a block each: the command that sends it, its name, what it delivers,
 * and what hinders it.
 */
export function formatCameras(cameras: readonly CameraInfo[]): string[] {
  if (cameras.length === 0) {
    return ['no camera found. Is one plugged in? `image-sender pattern` sends a test card in place of one'];
  }
  return cameras.flatMap((camera, i) => [...(i === 0 ? [] : ['']), ...formatCamera(camera)]);
}

function formatCamera({ source: way, id, name, formats, problem }: CameraInfo): string[] {
  const column = Math.max(0, ...formats.map((format) => format.name.length)) + 2;
  return [
    `image-sender ${way} ${id}   ${name}`,
    ...formats.flatMap((format) => formatSizes(format, column)),
    ...(problem === undefined ? [] : [`${indent}cannot be used: ${problem}`]),
  ];
}

/** The format's name and, a paragraph each, its sizes that have the same rates. */
function formatSizes({ name, sizes }: CameraFormat, column: number): string[] {
  const blank = indent + ' '.repeat(column);
  const lines = [...groupByRates(sizes)].flatMap(([rates, group]) => wrap(blank, `${rates}: `, group));
  const [first = blank, ...rest] = lines;
  return [indent + name.padEnd(column) + first.slice(blank.length), ...rest].map((line) => line.trimEnd());
}

/** In the order of the sizes, so that a list that the camera begins with its best still does. */
function groupByRates(sizes: readonly CameraSize[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { width, height, rates } of sizes) {
    const key = rates.length === 0 ? 'any rate' : `${rates.join(', ')} fps`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(`${width}x${height}`);
  }
  return groups;
}

/**
 * `head` and the words, over as many lines as it takes; those after the first are indented by two
 * more.
 */
function wrap(blank: string, head: string, words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = blank + head.trimEnd();
  for (const word of words) {
    if (line.length + 1 + word.length > lineWidth) {
      lines.push(line);
      line = `${blank} `;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
