/** More wrong letters than this, or than a third of a word, make another word. */
const maxTypos = 2;

/** The name that the user most likely meant; undefined if none is near. */
export function findNearest(typed: string, names: readonly string[]): string | undefined {
  const limit = Math.min(maxTypos, Math.ceil(typed.length / 3));
  let nearest: string | undefined;
  let best = limit + 1;
  for (const name of names) {
    if (Math.abs(name.length - typed.length) >= best) continue;
    const typos = countTypos(typed, name);
    if (typos < best) [best, nearest] = [typos, name];
  }
  return nearest;
}

/** Letters that are missing, extra, wrong, or swapped with the next one (optimal string alignment). */
function countTypos(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let k = 1; k <= other.length; k++) {
      const isSame = one[i - 1] === other[k - 1];
      let cost = Math.min((last[k] ?? 0) + 1, (row[k - 1] ?? 0) + 1, (last[k - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwap = i > 1 && k > 1 && one[i - 1] === other[k - 2] && one[i - 2] === other[k - 1];
      if (isSwap) cost = Math.min(cost, (before[k - 2] ?? 0) + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return last[other.length] ?? 0;
}
