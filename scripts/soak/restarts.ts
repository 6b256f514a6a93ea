import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '../../test/support/dice.ts';
import type { TrialReceiver } from '../chaos/trial-receiver.ts';
import type { Site } from './site.ts';

/** Something that happens to a part of the site. Returns when that part works again. @returns a bad exit code, as a sentence */
type Restart = (site: Site, dice: Dice) => Promise<string | undefined>;

/** Longest time that a part is away. */
const maxAwayMs = 1500;

export const restarts: Readonly<Record<string, Restart>> = {
  'a sender of every is restarted': (site, dice) => restartSender(site, 'guest-every', dice),
  'a sender of latest is restarted': (site, dice) => restartSender(site, 'guest-latest', dice),
  'a receiver is restarted': ({ parts }, dice) => restartReceiver(parts.restarted, dice),
  'a subscriber is restarted': ({ parts }, dice) => restartReceiver(parts.subscribers[1], dice),
  'the NATS server is restarted': async ({ parts: { nats } }, dice) => {
    if (dice.roll(2) === 0) await nats.kill();
    await sleep(dice.roll(maxAwayMs));
    await nats.restart();
    return undefined;
  },
  'a viewer comes again': async ({ viewers }, dice) => {
    const viewer = dice.pick(viewers);
    await viewer.stop();
    await sleep(dice.roll(maxAwayMs));
    viewer.start();
    return undefined;
  },
};

async function restartSender({ senders }: Site, name: string, dice: Dice): Promise<string | undefined> {
  const sender = senders.get(name);
  const isKilled = dice.roll(2) === 0;
  await (isKilled ? sender?.kill() : sender?.stop());
  const code = sender?.runs.at(-1)?.ending?.code;
  await sleep(dice.roll(maxAwayMs));
  await sender?.start();
  return isKilled || code === 0 ? undefined : `the sender ${name} ended with ${code} after SIGTERM`;
}

async function restartReceiver(receiver: TrialReceiver | undefined, dice: Dice): Promise<string | undefined> {
  const isKilled = dice.roll(2) === 0;
  const code = await (isKilled ? receiver?.kill() : receiver?.stop());
  await sleep(dice.roll(maxAwayMs));
  await receiver?.start();
  return isKilled || code === 0 ? undefined : `a receiver ended with ${code} after SIGTERM`;
}
