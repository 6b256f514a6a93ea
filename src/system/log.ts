/** Where a layer says what changed. One line each, for a person; frames are never logged, changes are. */
export interface Log {
  /** Things go as they should. */
  info(line: string): void;
  /** Something is amiss and is being dealt with. */
  warn(line: string): void;
}
