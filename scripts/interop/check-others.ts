import { hashAll } from '../../test/support/saved.ts';
import type { Both } from '../package/build-commit.ts';
import { crossNats } from './nats.ts';
import { type OtherWay, visit } from './other-clients.ts';
import { pictures } from './pictures.ts';
import { findDifference } from './transcripts.ts';
import { crossings, nameCrossing, type Verdict } from './verdict.ts';

/** Of clients that are not ours: what both receivers answer them, and take from them. @param builds folders of the packages */
export async function checkOtherWay(way: OtherWay, builds: Both<string>): Promise<Verdict> {
  const sent = hashAll(way.arriving);
  const [old, fresh] = [await visit(way, builds.old), await visit(way, builds.new)];
  const told = old.answers.length === 0 ? 'and nothing answered' : `${old.answers.length} answers alike`;
  const problems = [
    ...findDifference('to old, pictures', sent, hashAll(old.arrived)),
    ...findDifference('to new, pictures', sent, hashAll(fresh.arrived)),
    ...findDifference('answers', old.answers, fresh.answers),
  ];
  return { problems, good: `${sent.length} pictures taken by both, ${told}` };
}

/** The headers of NATS may change: a difference between two builds is printed, and is no failure. */
export async function checkNats(builds: Both<string>): Promise<Verdict> {
  const sent = hashAll(pictures);
  const problems: string[] = [];
  const told: string[] = [];
  const published: string[][] = [];
  for (const crossing of crossings) {
    const found = await crossNats({ sender: builds[crossing.sender], receiver: builds[crossing.receiver] });
    const difference = findDifference(`${nameCrossing(crossing)}, pictures`, sent, hashAll(found.arrived));
    if (crossing.sender === crossing.receiver) {
      problems.push(...difference);
      published.push(found.published);
    } else {
      told.push(`${nameCrossing(crossing)} ${difference.length === 0 ? 'all' : `only ${found.arrived.length}`}`);
    }
  }
  const [old = [], fresh = []] = published;
  const [difference = 'messages alike'] = findDifference('published', old, fresh);
  return { problems, good: `${sent.length} pictures within each build; ${told.join(', ')}; ${difference}` };
}
