/** Reads the text of an option; `name` is the option's, for the message. @throws CodedError BAD_OPTION */
export type Reader<T> = (text: string, name: string) => T;

/** Everything there is to say of one option: the command line, the help, the pages and `service` know no more of it. */
export interface Option<T = unknown> {
  /** Heading in the help; a positional has none. */
  readonly group?: string;
  /** A sentence for the help and the pages. Backticks mark code on the pages. */
  readonly describe: string;
  /** Added on the pages, where there is room. */
  readonly details?: string;
  /** As a user would type it; undefined: there is no value without the option. */
  readonly default?: string;
  /** Says for a person how it is without the option, where `default` does not. */
  readonly without?: string;
  /** `flag` makes it a switch. */
  readonly read: Reader<T>;
  /** It stands behind the command, without its name. */
  readonly positional?: true;
  /** A positional of any number of texts, each of which is read. */
  readonly many?: true;
  /** What is said where it is missing. */
  readonly required?: string;
  /** The option is refused unless all of these are given; of a list within the list, one. */
  readonly needs?: Needs;
  /** The option is refused beside these; the text completes "Cannot use --a with --b, ..." */
  readonly notWith?: Readonly<Record<string, string | Conflict>>;
  /** What its value names or is: `service` and the check of file modes go by it. */
  readonly holds?: Holding;
  readonly service?: ServiceNeeds;
}

/**
 * `secret`: a file that others must not read. `trust`: a file that says whom to trust. `folder`: a folder that is written to.
 * `file`: a file, a folder or a pattern that is read. `login`: an address that may hold a password.
 */
export type Holding = 'secret' | 'trust' | 'folder' | 'file' | 'login';

export type Needs = string | readonly (string | readonly string[])[];

export interface Conflict {
  /** Only where the other option has this value. */
  readonly is?: string;
  /** Only where this option has this value. */
  readonly when?: string;
  /** Only where none of these is given. */
  readonly unless?: readonly string[];
  readonly why: string;
}

/** What a systemd unit must know of an option, beside what it holds. */
export interface ServiceNeeds {
  /** Why a service cannot have it; completes "Cannot make a service with --a, ..." */
  readonly refused?: string;
  /** What the value must be in a service, where it is not; undefined: it is fine. */
  mustBe?(text: string, isUsed: (name: string) => boolean): string | undefined;
  /** The port that it has the program listen on. */
  port?(text: string): number;
  /** Whether it is given for what the program then prints. */
  readonly isForOutput?: true;
}

export type Options = Readonly<Record<string, Option>>;

/** Values as they come from the command line, the environment and the configuration file, by their long names. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** What `readOptions` gives. */
export type Values<R extends Options> = { readonly [Name in keyof R]: Value<R[Name]> };

type Value<O> = O extends { readonly read: Reader<infer T> }
  ? O extends { readonly many: true }
    ? readonly T[]
    : One<O, T>
  : never;
type One<O, T> = O extends { readonly default: string } | { readonly required: string } ? T : T | undefined;

/** Whether the value says something else than none would. */
export function isGiven(option: Option, value: unknown): boolean {
  return value !== undefined && String(value) !== option.default;
}
