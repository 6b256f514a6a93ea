// Local times for names of files, without colons, which other systems refuse.

/** `2026-01-31`, of microseconds since 1970. */
export function formatLocalDate(us: number): string {
  const date = new Date(us / 1000);
  return `${String(date.getFullYear()).padStart(4, '0')}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** `13-59-59.123456`, of microseconds since 1970. */
export function formatLocalTime(us: number): string {
  const date = new Date(us / 1000);
  const micro = String(((us % 1e6) + 1e6) % 1e6).padStart(6, '0');
  return `${pad(date.getHours())}-${pad(date.getMinutes())}-${pad(date.getSeconds())}.${micro}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
