import { CodedError, type ErrorCode } from '../../src/errors.ts';
import { chooseCuttings, cut } from './cuttings.ts';
import type { Structure } from './mutate.ts';
import type { Random } from './random.ts';
import { Failure, type Outcome } from './target.ts';

/** A decoder of a stream, as events in words. The words for the same thing are the same, whatever pieces it comes in. */
export interface ByteStream {
  take(chunk: Uint8Array<ArrayBuffer>): Iterable<StreamEvent>;
  finish(): Iterable<StreamEvent>;
}

/** A promise is waited for, before the decoder gets more. */
export type StreamEvent = string | Promise<unknown>;

/** Yields what has to be waited for. */
type Work<T> = Generator<Promise<unknown>, T, unknown>;

export interface StreamFormat<V> {
  /** Limits and modes. */
  readonly variants: readonly V[];
  readonly structure: Structure;
  /** The codes of the errors that it documents. */
  readonly codes: readonly ErrorCode[];
  open(variant: V): ByteStream;
}

interface Run {
  readonly events: readonly string[];
  readonly pieces: number;
  readonly error: CodedError | undefined;
}

/**
 * Decodes the input in one piece and cut, and compares the two.
 * @throws Failure where they differ, and for an error without one of the codes
 */
export function checkStream<V>(
  format: StreamFormat<V>,
  input: Uint8Array,
  random: Random,
  all: boolean,
): Outcome | Promise<Outcome> {
  return perform(checkVariants(format, input, random, all));
}

function* checkVariants<V>(format: StreamFormat<V>, input: Uint8Array, random: Random, all: boolean): Work<Outcome> {
  const variants = all ? format.variants : [random.pick(format.variants)];
  const cuts = () => format.structure.cuts(input);
  let [bytes, pieces] = [0, 0];
  let first: Run | undefined;
  for (const variant of variants) {
    let whole: Run | undefined;
    for (const cutting of chooseCuttings(input.length, cuts, random, all)) {
      const run = yield* runStream(format, variant, cut(input, cutting));
      bytes += input.length;
      pieces += run.pieces;
      whole ??= run;
      compareRuns(whole, run, `${JSON.stringify(variant)}, cut ${cutting.slice(0, 20)}`);
    }
    first ??= whole;
  }
  return { code: first?.error?.code, signature: describeRun(first), bytes, pieces };
}

function* runStream<V>(
  { open, codes }: StreamFormat<V>,
  variant: V,
  chunks: Iterable<Uint8Array<ArrayBuffer>>,
): Work<Run> {
  const events: string[] = [];
  let pieces = 0;
  try {
    const stream = open(variant);
    for (const chunk of chunks) {
      pieces++;
      yield* collect(stream.take(chunk), events);
    }
    yield* collect(stream.finish(), events);
    return { events, pieces, error: undefined };
  } catch (error) {
    return { events, pieces, error: expectCode(error, codes) };
  }
}

function* collect(found: Iterable<StreamEvent>, events: string[]): Work<void> {
  for (const event of found) {
    if (typeof event === 'string') events.push(event);
    else yield event;
  }
}

/** Does the work at once, as far as there is nothing to wait for: most decoders wait for nothing. */
function perform<T>(work: Work<T>): T | Promise<T> {
  const next = work.next();
  return next.done === true ? next.value : performLater(work, next.value);
}

async function performLater<T>(work: Work<T>, first: Promise<unknown>): Promise<T> {
  let waiting = first;
  for (;;) {
    const error = await waiting.then(
      () => undefined,
      (reason: unknown) => ({ reason }),
    );
    const next = error === undefined ? work.next() : work.throw(error.reason);
    if (next.done === true) return next.value;
    waiting = next.value;
  }
}

/** The error, where it has one of the codes. @throws Failure otherwise */
export function expectCode(error: unknown, codes: readonly ErrorCode[]): CodedError {
  if (error instanceof CodedError && codes.includes(error.code)) return error;
  if (error instanceof Failure) throw error;
  const text = error instanceof Error ? `${error.stack}` : String(error);
  throw new Failure(`it throws none of ${codes.join(', ')}: ${text}`, { cause: error });
}

function compareRuns(whole: Run, other: Run, how: string): void {
  const [one, two] = [whole, other].map(({ events, error }) => [...events, `end: ${error?.code}`]) as [
    string[],
    string[],
  ];
  const at = one.findIndex((event, i) => event !== two[i]);
  if (at < 0 && one.length === two.length) return;
  const place = at < 0 ? one.length : at;
  throw new Failure(`whole and cut differ (${how}): event ${place} is '${one[place]}' and '${two[place]}'`);
}

/** Events and error without their numbers, so that it is new only for a new kind of thing. */
function describeRun(run: Run | undefined): string {
  if (run === undefined) return '';
  const kinds = [...run.events, run.error?.message ?? ''].map((event) =>
    event.replaceAll(/'[^']*'/g, "''").replaceAll(/[0-9a-f]*\d[0-9a-f]*/g, '#'),
  );
  return kinds
    .filter((kind, i) => kind !== kinds[i - 1])
    .slice(-12)
    .join('; ');
}
