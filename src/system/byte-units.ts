/**
 * The units that options take and texts show: powers of 1000, as on the labels of disks and in
 * lists of files.
 */
const units: readonly (readonly [unit: string, bytes: number])[] = [
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['K', 1e3],
];

/**
 * Bytes of `65536`, `512K`, `20GB` (powers of 1000) or `16MiB` (of 1024); NaN where the text is
 * none of these.
 */
export function parseBytes(text: string): number {
  const [, number, letter = '', binary] = /^(\d+(?:\.\d+)?)(?:([KMGT])(i?)B?|B)?$/i.exec(text) ?? [];
  if (number === undefined) return Number.NaN;
  const power = ['', 'K', 'M', 'G', 'T'].indexOf(letter.toUpperCase());
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** power);
}

/** 1234567 as `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const [unit, size] = units.find(([, min]) => bytes >= min) ?? ['', 1];
  if (unit === '') return `${bytes} B`;
  return `${(bytes / size).toFixed(size < 1e9 ? 1 : 2)} ${unit === 'K' ? 'k' : unit}B`;
}

/** 1000000 as `1M`, the form that options take. */
export function writeBytes(bytes: number): string {
  const [unit, size] = units.find(([, min]) => bytes >= min && bytes % min === 0) ?? ['', 1];
  return `${bytes / size}${unit}`;
}
