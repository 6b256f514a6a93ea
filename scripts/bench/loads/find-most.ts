/** Steps of the first search, and the precision of the second. */
const coarse = 1.25;
const fine = 1.05;

/**
 * The largest whole number up to `limit` for which `isGood` resolves true, within five percent; 0 if none does. It tries `start`
 * first, then numbers a quarter apart, and then between the last two.
 */
export async function findMost(
  start: number,
  limit: number,
  isGood: (count: number) => Promise<boolean>,
): Promise<number> {
  let [good, bad] = [0, limit + 1];
  for (let count = start; good < limit && bad > 1; ) {
    if (await isGood(count)) good = count;
    else bad = count;
    if (good > 0 && bad <= limit) break;
    count = good > 0 ? Math.min(limit, Math.ceil(good * coarse)) : Math.floor(bad / coarse);
  }
  while (good > 0 && bad > good * fine && bad - good > 1) {
    const middle = Math.round((good + bad) / 2);
    if (await isGood(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
