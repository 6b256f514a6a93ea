/** One picture on its way: what a source makes, the link carries and a sink takes. */
export interface Frame {
  /** A whole JPEG, from its SOI to its EOI mark. */
  readonly jpeg: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** When the picture was captured, by the clock of the machine that captured it: microseconds since 1970, UTC. */
  readonly capturedAtUs: number;
}

/** What a decoder refuses to exceed, whatever the bytes claim. */
export interface FrameLimits {
  /** The length field of the classic wire: characters of base64. */
  readonly maxFrameBytes: number;
  /** Pixels. */
  readonly maxWidth: number;
  /** Pixels. */
  readonly maxHeight: number;
}

export const defaultFrameLimits: FrameLimits = { maxFrameBytes: 16 * 1024 * 1024, maxWidth: 4096, maxHeight: 4096 };
