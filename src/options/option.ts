/**
 * Reads the text of an option; `name` is the option's, for the message.
 * @throws CodedError BAD_OPTION
 */
export interface Reader<T> {
  (text: string, name: string): T;
  /** All texts that it takes, where they are few. */
  readonly choices?: readonly string[];
}

/**
 * All facts about one option. The command line, the help, the pages and `service` are made from
 * them.
 */
export interface Option<T = unknown> {
  /** Heading in the help; a positional has none. */
  readonly group?: string;
  /** A sentence for the help and the pages. Backticks mark code on the pages. */
  readonly describe: string;
  /** Added on the pages, where there is room. */
  readonly details?: string;
  /** As a user types it; undefined: without the option there is no value. */
  readonly default?: string;
  /** Tells a person what happens without the option, if `default` does not. */
  readonly without?: string;
  /** The value that its name alone stands for; undefined: it must have a value. */
  readonly alone?: string;
  /** `flag` makes it a switch. */
  readonly read: Reader<T>;
  /** The user types its value after the command, without the name. */
  readonly positional?: true;
  /** A positional of any number of texts, each of which is read. */
  readonly many?: true;
  /** The message when it is missing. */
  readonly required?: string;
  /** All of these must be given too; of a list within the list, one. */
  readonly needs?: Needs;
  /** None of these may be given too. The text completes "Cannot use --a with --b, ..." */
  readonly notWith?: Readonly<Record<string, string | Conflict>>;
  /** The kind of thing that its value is or names: `service` and the check of file modes use it. */
  readonly holds?: Holding;
  readonly service?: ServiceNeeds;
}

/**
 * `secret`: a file that others must not read. `trust`: a file that says whom to trust. `folder`: a
 * folder that is written to. `output`: one file that is written to. `file`: a file, a folder or a
 * pattern that is read. `login`: an address that may hold a password.
 */
export type Holding = 'secret' | 'trust' | 'folder' | 'output' | 'file' | 'login';

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

/** The facts about an option that a systemd unit needs, besides `holds`. */
export interface ServiceNeeds {
  /** Why a service cannot have it; completes "Cannot make a service with --a, ..." */
  readonly refused?: string;
  /** Says how the value must be in a service; undefined: it is right. */
  mustBe?(text: string, isUsed: (name: string) => boolean): string | undefined;
  /** The port that it has the program listen on. */
  port?(text: string): number;
  /** Whether its value is a command: the service has to see the files that its words name. */
  readonly isCommand?: true;
  /** Whether its program may switch pins of a Raspberry Pi. */
  readonly usesPins?: true;
  /** Whether the user wants the output that the program then prints. */
  readonly isForOutput?: true;
}

export type Options = Readonly<Record<string, Option>>;

/**
 * Values as they come from the command line, the environment and the configuration file, by their
 * long names.
 */
export type RawOptions = Readonly<Record<string, unknown>>;

/** The result of `readOptions`: of each option the type that its `read` returns. */
export type Values<R extends Options> = { readonly [Name in keyof R]: Value<R[Name]> };

type Value<O> = O extends { readonly read: Reader<infer T> }
  ? O extends { readonly many: true }
    ? readonly T[]
    : One<O, T>
  : never;
type One<O, T> = O extends { readonly default: string } | { readonly required: string } ? T : T | undefined;

/** Whether the value differs from the default. */
export function isGiven(option: Option, value: unknown): boolean {
  return value !== undefined && String(value) !== option.default;
}
