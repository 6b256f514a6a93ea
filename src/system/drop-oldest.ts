/** Deletes what was added first from a map or set that has grown over `max` by one. */
export function dropOldest(all: Map<string, unknown> | Set<string>, max: number): void {
  const oldest = all.keys().next().value;
  if (all.size > max && oldest !== undefined) all.delete(oldest);
}
