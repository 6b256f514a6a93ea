import { parseArgs } from 'node:util';
import { installPackages } from '../../debian/install.ts';
import { type Both, buildCommit } from '../../package/build-commit.ts';
import { large, makePictures } from '../loads/pictures.ts';
import { summarize } from '../ratios.ts';
import { describeCommit, describeTree, formatMachine, readLoad, readMachine } from '../report/machine.ts';
import { builtFolder, say } from '../support.ts';
import { describe, type Finding, findRatios, findWorse } from './findings.ts';
import { listMeasures, type Measure } from './measures.ts';

const usage = 'usage: npm run bench -- against COMMIT [--rounds 7] [--at-least 0.97]';

interface Options {
  readonly ref: string;
  readonly rounds: number;
  /** Undefined: whatever the figures, all is well. */
  readonly atLeast: number | undefined;
}

/** Forwarding, throughput and latency of this tree beside those of a commit, in one run by turns. @returns the exit code */
export async function compareAgainst(args: readonly string[]): Promise<number> {
  const { ref, rounds, atLeast } = readOptions(args);
  const { commit, folder } = await buildCommit(ref);
  await installPackages(['python3'], 'the bench of forwarding');
  say(`before: ${await describeCommit(commit)}; now: ${await describeTree()}`);
  say(`machine: ${formatMachine(await readMachine())}`);
  say(
    'Each ratio is over 1 where now is better. By turns of 150 ms: before, now, now, before; latency of both at once.',
  );
  say('Where the load is over the number of cores, frames a second and p99 say little, and CPU a frame says more.');
  const found = startAll(listMeasures(await makePictures(large)));
  for (let round = 1; round <= rounds; round++) {
    for (const entry of found) await runRound(entry, { old: folder, new: builtFolder }, round);
    say(
      `  round ${round} of ${rounds}: ${describeRound(found.flatMap(({ findings }) => findings))}; load ${readLoad()}`,
    );
  }
  for (const { measure, findings } of found) {
    say(measure.name);
    for (const finding of findings) say(`  ${describe(finding)}`);
  }
  return atLeast === undefined || isGood(found, atLeast) ? 0 : 1;
}

/** @throws Error with the usage */
function readOptions(args: readonly string[]): Options {
  const options = { rounds: { type: 'string', default: '7' }, 'at-least': { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [ref] = positionals;
  const [rounds, atLeast] = [
    Number(values.rounds),
    values['at-least'] === undefined ? undefined : Number(values['at-least']),
  ];
  const isUsable = Number.isInteger(rounds) && rounds > 0 && (atLeast === undefined || atLeast > 0);
  if (ref === undefined || positionals.length > 1 || !isUsable) throw new Error(usage);
  return { ref, rounds, atLeast };
}

type Growing = Finding & { readonly old: number[]; readonly new: number[] };

interface Entry {
  readonly measure: Measure;
  readonly findings: readonly Growing[];
}

function startAll(measures: readonly Measure[]): Entry[] {
  return measures.map((measure) => ({
    measure,
    findings: measure.figures.map((figure) => ({ figure, old: [], new: [] })),
  }));
}

async function runRound({ measure, findings }: Entry, folders: Both<string>, round: number): Promise<void> {
  const values = await measure.run(folders, round);
  for (const [place, finding] of findings.entries()) {
    finding.old.push(values.old[place] ?? Number.NaN);
    finding.new.push(values.new[place] ?? Number.NaN);
  }
}

/** The ratios of the last round. */
function describeRound(findings: readonly Finding[]): string {
  return findings
    .map((finding) => `${finding.figure.name.replace(/,.*/, '')} ${findRatios(finding).at(-1)?.toFixed(2)}`)
    .join(', ');
}

function isGood(found: readonly Entry[], atLeast: number): boolean {
  const worse = found.flatMap(({ measure, findings }) => findWorse(findings, atLeast).map((one) => ({ measure, one })));
  for (const { measure, one } of worse) {
    const { median } = summarize(findRatios(one));
    say(`below ${atLeast}: ${median.toFixed(3)} is the median of ${one.figure.name}, ${measure.name.split(':')[0]}`);
  }
  if (worse.length === 0) say(`all medians are at least ${atLeast} (those of p99 are not looked at: they waver most)`);
  return worse.length === 0;
}
