/** Called by a `ByteInput`. */
export interface ByteListener {
  /**
   * Bytes have come. Nobody writes to them later. When it returns false, the input pauses until
   * `resume`; a few chunks may still come.
   */
  chunk(bytes: Uint8Array): boolean;
  /** No bytes will come any more. Called once. @param error why it ended, unless in order */
  ended(error?: Error): void;
}

/** Bytes that come by themselves, such as those of a pipe. */
export interface ByteInput {
  /** Begins to read. To be called once. */
  open(listener: ByteListener): void;
  resume(): void;
  /** Reads no more. `ended` may be called, or not. */
  close(): void;
}
