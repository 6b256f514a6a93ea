/** The steps of one run of the fake rpicam-vid, in this order. */
export interface FakeRun {
  /** Lines for standard error. */
  readonly says?: readonly string[];
  /** Bytes more for standard error, in lines without end. */
  readonly floodBytes?: number;
  /** Bytes before the first JPEG, written one after another with a pause between. */
  readonly lead?: readonly (readonly number[])[];
  /** In place of JPEGs, until it is ended. */
  readonly endless?: 'noise' | 'jpeg' | 'h264';
  /** How many of the JPEGs it writes, from the first on, again and again. Default: none. */
  readonly pictures?: number;
  /** Milliseconds from one JPEG to the next. Default 0. */
  readonly pauseMs?: number;
  /** Lengths of its writes, again and again. Default: a JPEG each. */
  readonly pieces?: readonly number[];
  /** Lines for standard error behind the JPEGs. */
  readonly lastWords?: readonly string[];
  /**
   * How it ends: with a status or by a signal; `hang`: not by itself; `close`: its output alone; `leave`: with status 0, and
   * a program that it started keeps its output open. Default: hang.
   */
  readonly end?: number | NodeJS.Signals | 'hang' | 'close' | 'leave';
  /** Whether it takes no notice of SIGTERM. */
  readonly ignoresTerm?: boolean;
}

/** The plan that the fake programs follow. */
export interface FakePlan {
  /** File of JPEGs back to back. */
  readonly jpegs: string;
  /** One start each; the last goes for all that follow. */
  readonly runs: readonly FakeRun[];
}

/** A start of the fake rpicam-vid, as it is logged. */
export interface FakeStart {
  readonly pid: number;
  readonly args: readonly string[];
}
