/** Milliseconds of each unit that options take and texts show. */
const msOf = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const shownUnits = ['d', 'h', 'm', 's'] as const;

/**
 * Milliseconds of `500ms`, `10s`, `1.5h` or `7d`, and of a bare number of seconds; NaN where the
 * text is no time.
 */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w|)$/.exec(text) ?? [];
  if (number === undefined) return Number.NaN;
  return Number(number) * msOf[(unit || 's') as keyof typeof msOf];
}

/** The same where a bare number could be anything: NaN for that too. */
export function parseDurationWithUnit(text: string): number {
  return /\d$/.test(text) ? Number.NaN : parseDuration(text);
}

/** In the form of an option, in the largest unit that it fills, to a tenth: `7d`, `1.5h`, `0.5s`. */
export function formatDuration(ms: number): string {
  const unit = shownUnits.find((one) => ms >= msOf[one]) ?? 's';
  return `${Math.round((ms / msOf[unit]) * 10) / 10}${unit}`;
}
