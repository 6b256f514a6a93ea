/** Takes one line for a person when a state changes. Frames are never logged. */
export interface Log {
  /** All is well. */
  info(line: string): void;
  /** Something is wrong, and the program deals with it. */
  warn(line: string): void;
}
