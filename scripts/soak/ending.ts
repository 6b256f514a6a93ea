import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { collectFacts, findBreachesOfEvery, type RunFacts } from '../chaos/promises.ts';
import type { ReceivedPictures } from '../chaos/received-pictures.ts';
import type { TrialSender } from '../chaos/trial-sender.ts';
import { hookFiles } from './receivers.ts';
import type { Site } from './site.ts';
import { findFaultLines } from './verdict.ts';

/** For the frames that wait when the pictures end. */
const finishTimeoutMs = 120_000;
/** Sinks of the hub that frames go to. */
const sinks = ['record', 'save', 'web', 'hooks', 'publish'];

/**
 * Ends all programs in order.
 * @param isWhole whether each output had the time to do something
 * @returns all that is wrong with how they worked and ended
 */
export async function endSite(site: Site, isWhole: boolean): Promise<string[]> {
  const { parts, senders, others, viewers } = site;
  const { hub, reader, restarted, subscribers, page } = parts;
  const found = isWhole ? await findIdleSinks(site, await (await fetch(`${page}/metrics`)).text()) : [];
  const ends = await Promise.allSettled([...senders.values()].map((sender) => sender.finish(finishTimeoutMs)));
  found.push(...ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : [])));
  for (const [name, child] of others) found.push(...findBadEnd(`sender ${name}`, (await child.stop()).code));
  for (const viewer of viewers) await viewer.stop();
  found.push(...findBadEnd('receiver with all sinks', await hub.stop()));
  found.push(...findBadEnd('receiver --stdout', await reader.stop()));
  found.push(...findBadEnd('restarted receiver', await restarted.stop()));
  for (const subscriber of subscribers) found.push(...findBadEnd('receiver --subscribe', await subscriber.stop()));
  await site.look(true);
  return [...found, ...findBreaches(site), ...findSaid(site)];
}

function findBadEnd(name: string, code: number | null | undefined): string[] {
  return code === 0 ? [] : [`${name} ended with ${code}`];
}

/** Outputs of the hub that did nothing in the whole run. */
async function findIdleSinks({ parts, viewers }: Site, metrics: string): Promise<string[]> {
  const counts = new Map(
    [...metrics.matchAll(/^image_socket_sink_frames_total\{sink="([^"]+)"\} (\d+)$/gm)].map(([, name, count]) => [
      name,
      Number(count),
    ]),
  );
  const found = sinks.filter((name) => !counts.get(name)).map((name) => `the sink ${name} had no frame`);
  for (const name of hookFiles) {
    const hasRun = await access(join(parts.folders.hooks, name)).then(
      () => true,
      () => false,
    );
    if (!hasRun) found.push(`the hook of ${name} never ran`);
  }
  for (const viewer of viewers) {
    if (viewer.bytes === 0) found.push('a viewer saw nothing');
    found.push(...viewer.failures);
  }
  const count = parts.subscribers[0]?.arrivals('n-latest').length ?? 0;
  if (count === 0) found.push('no picture of the sender of latest came over NATS');
  return found;
}

/** Broken promises of the senders of *every*, at each sink that keeps pictures. */
function findBreaches({ senders, received }: Site): string[] {
  const { saved, recorded, read, restarted } = received;
  const found = Object.values(received).flatMap(({ harmed }) => {
    return harmed.map((where: string) => `${where} is no picture that was sent`);
  });
  const check = (name: string, received: ReceivedPictures, where: string) => {
    for (const facts of listFacts(senders.get(name), received))
      found.push(...findBreachesOfEvery(facts, '2').map((breach) => `${where}: ${breach}`));
  };
  for (const name of ['every', 'guest-every']) {
    check(name, saved, '--save');
    check(name, recorded, '--record');
  }
  check('reader', read, '--stdout');
  check('roaming', restarted, 'a restarted receiver');
  for (const name of ['latest', 'guest-latest', 'classic']) {
    for (const { run, saved: pictures } of listFacts(senders.get(name), saved))
      if (pictures.doubled.length > 0) found.push(`--save: ${run.id}: ${pictures.doubled.length} pictures came twice`);
  }
  return found;
}

function listFacts(sender: TrialSender | undefined, received: ReceivedPictures): RunFacts[] {
  return (sender?.runs ?? []).map((run) => collectFacts(run, received.ofRun(run.id)));
}

function findSaid({ parts, senders, others }: Site): string[] {
  const { hub, reader, restarted, subscribers } = parts;
  return [
    ...findFaultLines('receiver with all sinks', hub.messages),
    ...findFaultLines('receiver --stdout', reader.messages.split('\n')),
    ...findFaultLines('restarted receiver', restarted.messages),
    ...subscribers.flatMap((subscriber) => findFaultLines('receiver --subscribe', subscriber.messages)),
    ...[...senders.values()].flatMap(({ runs }) =>
      runs.flatMap(({ id, child }) => findFaultLines(id, child.lines('stderr'))),
    ),
    ...[...others].flatMap(([name, child]) => findFaultLines(`sender ${name}`, child.lines('stderr'))),
  ];
}
