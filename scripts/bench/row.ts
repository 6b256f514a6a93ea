import type { Bench } from './context.ts';

/** Measured by one run of a contender, by the keys of the row's quantities. */
export type Values = Readonly<Record<string, number>>;

/**
 * `ours`: these programs; `peer`: other programs that do the same; `limit`: a bound that no program passes;
 * `before`: these programs at the commit of `--baseline`.
 */
export type Role = 'ours' | 'peer' | 'limit' | 'before';

export interface Contender {
  /** As people know it: "imageZMQ, request and reply". */
  readonly name: string;
  readonly role: Role;
  /** One run. @throws Error if it cannot be measured */
  run(bench: Bench): Promise<Values>;
}

/** Something that runs measure, such as frames per second. */
export interface Quantity {
  /** With its unit: "frames a second". */
  readonly name: string;
  readonly better: 'more' | 'less';
  /** Digits after the point. */
  readonly digits: number;
}

/** A result of the row: the value of a contender, or its ratio to that of another in the same round. */
export interface Figure {
  /** Unique in its row, for marks in pages. */
  readonly key: string;
  /** Completes the row's title in a table: "against imageZMQ, request and reply". */
  readonly title: string;
  readonly quantity: string;
  /** The first contender, if not given. */
  readonly of?: string;
  /** Divides by the value of this contender; not given: the value itself. */
  readonly against?: string;
  /** The quantity of that contender, if it is another one. */
  readonly againstQuantity?: string;
  /** The value that the figure must reach: at least or at most, as the quantity says. */
  readonly goal?: number;
}

/** One row of the table of figures, in a file of its own. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** The work of each contender, in whole sentences. */
  readonly about: string;
  /** Seconds of one run, where `--seconds` does not say otherwise. */
  readonly seconds: number;
  /** Debian packages that it needs besides those of its peers. */
  readonly packages?: readonly string[];
  readonly quantities: Readonly<Record<string, Quantity>>;
  /** In the order of a round; ours first. */
  readonly contenders: Readonly<Record<string, Contender>>;
  readonly figures: readonly Figure[];
}
