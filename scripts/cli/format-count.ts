/** `1 target`, `2 targets`. @param plural where it is not the noun with an s */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
