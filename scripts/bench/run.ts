import { installPackages } from '../debian/install.ts';
import type { Bench } from './context.ts';
import { readLoad } from './report/machine.ts';
import { type ContenderResult, computeFigures, type RowResult } from './report/result.ts';
import type { Contender, Row, Values } from './row.ts';

export interface RowRun {
  readonly rounds: number;
  readonly say: (line: string) => void;
}

interface Entry {
  readonly key: string;
  readonly contender: Contender;
  readonly rounds: Values[];
  failures: number;
  failure: string | undefined;
}

/** A machine may be too busy once. */
const maxFailures = 2;

/**
 * Runs the contenders of a row by turns, A B C A B C, and computes its figures. A round that fails has no values. A
 * contender that fails twice is left out of the rest of the rounds; its result says why.
 */
export async function runRow(row: Row, bench: Bench, { rounds, say }: RowRun): Promise<RowResult> {
  if (row.packages !== undefined) await installPackages(row.packages, `the bench ${row.name}`);
  const { name, title } = row;
  const [startedAt, loadBefore] = [new Date().toISOString(), readLoad()];
  const entries = Object.entries(row.contenders).map(
    ([key, contender]): Entry => ({ key, contender, rounds: [], failures: 0, failure: undefined }),
  );
  for (let round = 1; round <= rounds; round++) {
    for (const entry of entries) if (entry.failures < maxFailures) await runOnce(row, entry, bench, say);
    say(`  round ${round} of ${rounds}: ${entries.map((entry) => describeLast(row, entry)).join('; ')}`);
  }
  const contenders = Object.fromEntries(entries.map((entry) => [entry.key, toResult(entry)]));
  const figures = computeFigures(row, contenders);
  return { name, title, startedAt, seconds: bench.seconds, loadBefore, loadAfter: readLoad(), contenders, figures };
}

async function runOnce(row: Row, entry: Entry, bench: Bench, say: (line: string) => void): Promise<void> {
  try {
    entry.rounds.push(await entry.contender.run(bench));
  } catch (error) {
    entry.rounds.push({});
    entry.failures++;
    entry.failure = error instanceof Error ? error.message : String(error);
    say(`  ${row.name}: ${entry.contender.name} cannot be measured: ${entry.failure}`);
  }
}

function describeLast({ quantities }: Row, { contender, rounds, failures }: Entry): string {
  if (failures >= maxFailures || Object.keys(rounds.at(-1) ?? {}).length === 0) return `${contender.name} failed`;
  const values = Object.entries(rounds.at(-1) ?? {}).map(
    ([key, value]) => `${value.toFixed(quantities[key]?.digits ?? 2)} ${quantities[key]?.name ?? key}`,
  );
  return `${contender.name} ${values.join(', ')}`;
}

function toResult({ contender: { name, role }, rounds, failure }: Entry): ContenderResult {
  return { name, role, rounds, ...(failure === undefined ? {} : { failure }) };
}
