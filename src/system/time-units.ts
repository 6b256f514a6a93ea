const units: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** As an option takes it, in the largest unit that it fills, to a tenth: `7d`, `1.5h`, `0.5s`. */
export function formatDuration(ms: number): string {
  const [unit, unitMs] = units.find(([, minMs]) => ms >= minMs) ?? ['s', 1000];
  return `${Math.round((ms / unitMs) * 10) / 10}${unit}`;
}
