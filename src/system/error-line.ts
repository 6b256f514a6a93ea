/**
 * The first line of the message of an error: the other lines of libraries are for their developers.
 */
export function errorLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? '';
}
