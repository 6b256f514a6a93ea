/** The words of an error for a user. An error that ended a block comes before the one of its cleaning up, which hides it. */
export function describeError(error: unknown): string {
  if (error instanceof SuppressedError)
    return `${describeError(error.suppressed)}\nand then: ${describeError(error.error)}`;
  return error instanceof Error ? error.message : String(error);
}
