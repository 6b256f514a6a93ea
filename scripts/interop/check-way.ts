import { hashAll } from '../../test/support/saved.ts';
import type { Both } from '../package/build-commit.ts';
import { type Connection, type Recording, record, replay } from './record.ts';
import { findDifference, summarizeAnswers } from './transcripts.ts';
import { type Crossing, crossings, nameCrossing, type Verdict } from './verdict.ts';
import type { Way } from './ways.ts';
import { describeParts, splitParts } from './wire-parts.ts';

type Transcript = Record<'up' | 'down', string[]>;

/** From our sender to our receiver, in each crossing, and once more from what was recorded. @param builds folders of the packages */
export async function checkWay(way: Way, builds: Both<string>): Promise<Verdict> {
  const problems: string[] = [];
  const transcripts: Transcript[] = [];
  for (const crossing of crossings) {
    const ends = { sender: builds[crossing.sender], receiver: builds[crossing.receiver] };
    const { connections, arrived } = await record(way, ends);
    problems.push(...findLost(nameCrossing(crossing), way, arrived));
    if (way.isEncrypted) continue;
    transcripts.push(describeAll(connections));
    if (crossing.sender === crossing.receiver)
      problems.push(...(await checkReplay(way, crossing, connections, builds)));
  }
  for (const [place, transcript] of transcripts.entries()) {
    problems.push(...compare(nameCrossing(crossings[place] as Crossing), transcripts[0] as Transcript, transcript));
  }
  return { problems, good: describeGood(way, transcripts[0]) };
}

/** Sends the recorded bytes of one build to the receiver of the other, all at once. */
async function checkReplay(
  way: Way,
  { sender }: Crossing,
  recorded: readonly Connection[],
  builds: Both<string>,
): Promise<string[]> {
  const other = sender === 'old' ? 'new' : 'old';
  const name = `recorded from ${sender} -> ${other}`;
  const { connections, arrived } = await replay(way, recorded, builds[other]);
  const [before, after] = [recorded, connections].map((of) => summarizeAnswers(describeAll(of).down));
  return [...findLost(name, way, arrived), ...findDifference(`${name}, down`, before ?? [], after ?? [])];
}

function findLost(name: string, way: Way, arrived: Recording['arrived']): string[] {
  return findDifference(`${name}, pictures`, hashAll(way.arriving), hashAll(arrived));
}

function compare(name: string, first: Transcript, other: Transcript): string[] {
  return (['up', 'down'] as const).flatMap((direction) =>
    findDifference(`${name}, ${direction}`, first[direction], other[direction]),
  );
}

function describeGood(way: Way, transcript: Transcript | undefined): string {
  const arrived = `${way.arriving.length} of ${way.pictures.length} pictures in each crossing`;
  if (transcript === undefined) return `${arrived}; encrypted, so not compared`;
  const parts = `${transcript.up.length} parts up and ${transcript.down.length} down alike`;
  return `${arrived}, and from each recording; ${parts}`;
}

function describeAll(connections: readonly Connection[]): Transcript {
  const describe = (direction: keyof Connection) =>
    connections.flatMap((one, i) => describeParts(splitParts(one[direction])).map((line) => `${i + 1}: ${line}`));
  return { up: describe('up'), down: describe('down') };
}
