import type { Structure } from './mutate.ts';
import type { Random } from './random.ts';

/** How the program took an input, without a fault. */
export interface Outcome {
  /** The code of the error with which it ended; undefined: none. */
  readonly code: string | undefined;
  /** The kind of its result: an input with a new one is kept, and changed further. */
  readonly signature: string;
  /** Bytes that went through the decoder, in all runs of the input together. */
  readonly bytes: number;
  /** The pieces in which they came; undefined: few. */
  readonly pieces?: number;
}

/** A part of the program that takes bytes from outside. */
export interface Target {
  /** Gives a good input, other ones for other random numbers. */
  seed(random: Random): Uint8Array;
  readonly structure: Structure;
  /**
   * Gives the input to the program in one of the ways that it may come, or in `all` of them.
   * @throws Error where the program fails in a way that it must not: this is a failure
   */
  check(input: Uint8Array, random: Random, all: boolean): Outcome | Promise<Outcome>;
  /**
   * Opens the decoder, gives it the input, and keeps it: whatever it holds then counts against the limit.
   * Undefined where nothing is kept from one call to the next.
   */
  readonly hold?: Hold;
  /** Milliseconds of a processor that an input of no bytes may take: more where files are opened. */
  readonly baseMs?: number;
  /** Milliseconds of a processor for each megabyte; undefined: `defaultMaxMsPerMb`. */
  readonly maxMsPerMb?: number;
  /** The most memory of the process that decodes: bytes; undefined: `defaultMaxRss`. */
  readonly maxRss?: number;
}

export interface Hold {
  /** The most bytes that a decoder may hold whose input is as long as this one. */
  maxBytes(input: Uint8Array): number;
  /** Gives the input to a decoder, and returns it, open. */
  open(input: Uint8Array): object;
  /** Gives memory back that is kept for the next decoder. */
  release?(): void;
}

/** One second for each megabyte. */
export const defaultMaxMsPerMb = 1000;

/** The most memory of a process without native code: V8 collects late while it has room. */
export const defaultMaxRss = 700_000_000;

/** A fault of the program that an input has shown. */
export class Failure extends Error {}
