import type { Arrival } from './arrivals.ts';
import type { RunPictures } from './received-pictures.ts';
import { readFigures, type SenderRun } from './trial-sender.ts';

/** A run of a sender, and all that came of it. */
export interface RunFacts {
  readonly run: Pick<SenderRun, 'id' | 'isCutShort' | 'ending'>;
  /** Pictures that went into its pipe. */
  readonly written: number;
  /** As its last line tells; undefined where it was ended before its pictures were. */
  readonly figures: ReturnType<typeof readFigures> | undefined;
  readonly saved: Pick<RunPictures, 'count' | 'max' | 'doubled' | 'gaps'>;
}

export function collectFacts(run: SenderRun, saved: RunPictures): RunFacts {
  return { run, written: run.source.written, figures: run.isCutShort ? undefined : readFigures(run), saved };
}

/**
 * Breaches of the promises of *every* (src/delivery/README.md): nothing is lost, and nothing is there twice. A sender that is
 * killed loses what it had in its memory: the rest is all pictures from the first to some other.
 * @param wire on the classic wire only the frames that count as sent are sure, and the exit code may be 4
 */
export function findBreachesOfEvery(facts: RunFacts, wire: '2' | 'classic'): string[] {
  const { run, written, figures, saved } = facts;
  const found = findDoubles(facts);
  if (wire === 'classic') return [...found, ...findUncounted(facts)];
  const { gaps } = saved;
  if (gaps.length > 0) found.push(`${run.id}: ${gaps.length} of ${written} pictures are lost: ${list(gaps)}`);
  if (figures === undefined) return found;
  if (saved.max !== written)
    found.push(`${run.id}: ${written} pictures were written, and the last saved is ${saved.max}`);
  if (run.ending?.code !== 0) found.push(`${run.id}: the sender ended with ${describeEnding(run)}`);
  if (figures.sent !== written)
    found.push(`${run.id}: ${written} were written, and it says that ${figures.sent} arrived`);
  return found;
}

/**
 * Breaches of the promises of *latest*: each frame that was captured is counted once, and each that counts as sent arrived.
 * @param lostLines the most lines of frames that were cut off when receivers were killed
 */
export function findBreachesOfLatest(facts: RunFacts, arrivals: readonly Arrival[], lostLines: number): string[] {
  const { run, written, figures } = facts;
  const found = findDoubles(facts);
  if (figures === undefined) return found;
  if (run.ending?.code !== 0) found.push(`${run.id}: the sender ended with ${describeEnding(run)}`);
  if (figures.all !== written)
    found.push(
      `${run.id}: ${written} pictures were written, and the sender counts ${figures.all}: some are lost silently`,
    );
  const stream = arrivals.at(-1)?.stream;
  const shown = arrivals.filter((arrival) => arrival.stream === stream).length;
  if (shown > figures.sent + figures.uncertain || shown < figures.sent - lostLines)
    found.push(
      `${run.id}: ${shown} frames were shown; the sender counts ${figures.sent} sent, ${figures.uncertain} uncertain`,
    );
  return found;
}

/** Frames of each stream that came again, or in another order. */
export function findDisorder(arrivals: readonly Arrival[]): string[] {
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const { stream, sequence } of arrivals) {
    const before = last.get(stream) ?? 0;
    if (sequence <= before) found.push(`sequence ${sequence} of ${stream} came after ${before}`);
    last.set(stream, sequence);
  }
  return found;
}

function findDoubles({ run, saved: { doubled } }: RunFacts): string[] {
  return doubled.length === 0 ? [] : [`${run.id}: pictures ${list(doubled)} are there twice`];
}

function findUncounted({ run, written, figures, saved }: RunFacts): string[] {
  if (figures === undefined) return [];
  const found: string[] = [];
  if (saved.count < figures.sent)
    found.push(`${run.id}: it says that ${figures.sent} pictures arrived, and ${saved.count} are there`);
  if (figures.all !== written) found.push(`${run.id}: ${written} were written, and the sender counts ${figures.all}`);
  if (run.ending?.code !== 0 && run.ending?.code !== 4)
    found.push(`${run.id}: the sender ended with ${describeEnding(run)}`);
  return found;
}

function describeEnding({ ending }: RunFacts['run']): string {
  return `${ending?.code ?? ending?.signal ?? 'no end'}`;
}

function list(numbers: readonly number[]): string {
  return `${numbers.slice(0, 10).join(', ')}${numbers.length > 10 ? ' ...' : ''}`;
}
