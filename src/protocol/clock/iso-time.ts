import { formatTime, parseTime } from '../classic/classic-field.ts';

/** Microseconds since 1970 as RFC 3339, in UTC with microseconds. */
export function formatIso(us: number): string {
  return `${formatTime(us).replace(' ', 'T')}Z`;
}

/** Microseconds since 1970; undefined where the text is not as `formatIso` makes it. */
export function parseIso(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text)) return undefined;
  try {
    return parseTime(text.slice(0, -1).replace('T', ' '));
  } catch {
    return undefined;
  }
}
