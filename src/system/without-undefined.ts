/**
 * The same object without the properties that are undefined: Node's TLS takes these for wrong
 * values.
 */
export function withoutUndefined<T extends object>(values: T) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
