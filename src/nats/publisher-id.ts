/**
 * Whether it can be the name of a publisher: 1 to 64 of `0-9A-Za-z-`, such as the id of a stream.
 */
export function isPublisher(text: string): boolean {
  return /^[0-9A-Za-z-]{1,64}$/.test(text);
}
