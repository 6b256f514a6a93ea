import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SteppedClock } from '../../test/support/clock.ts';
import { Dice } from '../../test/support/dice.ts';
import type { Runtime } from '../../test/support/programs.ts';
import { mountSmall } from '../../test/support/small-disk.ts';
import { Network, type Side } from './network.ts';
import { TrialReceiver } from './trial-receiver.ts';
import { TrialSender } from './trial-sender.ts';

const port = '8080';
/** Between two pictures of each sender. */
export const intervalMs = 100;
const diskOptions = 'size=48m';

/** All that a fault can befall. `await using` ends it. */
export interface Victims extends AsyncDisposable {
  readonly network: Network;
  readonly receiver: TrialReceiver;
  /** Of *every*, of *latest*, and of *every* on the classic wire. */
  readonly senders: readonly [TrialSender, TrialSender, TrialSender];
  readonly clocks: Readonly<Record<Side, SteppedClock>>;
  /** A small file system that the receiver saves to. */
  readonly disk: string;
  /** Folder of `--save`. */
  readonly saved: string;
  readonly dice: Dice;
  /** All that the programs said, with the times. */
  readonly log: string[];
}

export interface PairOptions {
  /** From 0. */
  readonly pair: number;
  readonly runtime: Runtime;
  readonly seed: number;
}

/** Lengths of the pictures, and options, of the senders. */
const ways = [
  { way: 'every', bytes: 4000, args: ['--deliver', 'every', '--wire', '2', '--idle-timeout', '1s'] },
  { way: 'latest', bytes: 12_000, args: ['--deliver', 'latest', '--wire', '2', '--idle-timeout', '1s'] },
  { way: 'classic', bytes: 3000, args: ['--deliver', 'every', '--wire', 'classic', '--send-timeout', '2s'] },
] as const;

/** A receiver with a sender of each way, in two network namespaces. Returns when all programs run. */
export async function openVictims({ pair, runtime, seed }: PairOptions): Promise<Victims> {
  await using resources = new AsyncDisposableStack();
  const log: string[] = [];
  const listenTo = (name: string) => (line: string) => {
    log.push(`${new Date().toISOString()} pair ${pair}, ${name}: ${line}`);
  };
  const disk = resources.use(await mountSmall(diskOptions)).path;
  const saved = join(disk, 'saved');
  await mkdir(saved);
  const network = await Network.open(pair);
  const clocks = {
    sender: resources.use(await SteppedClock.open()),
    receiver: resources.use(await SteppedClock.open()),
  };
  const receiver = resources.use(
    new TrialReceiver({
      ...{ runtime, clock: clocks.receiver, before: network.before('receiver'), onMessage: listenTo('receiver') },
      args: ['--host', '0.0.0.0', '--port', port, '--save', saved],
    }),
  );
  await receiver.start();
  const target = ['--host', network.receiverHost, '--port', port, '--retries', '0', '--connect-timeout', '5s'];
  const senders = ways.map(({ way, bytes, args }) => {
    const own = { runtime, name: `${way}-${pair}`, args: [...target, ...args], intervalMs, bytes };
    const place = { clock: clocks.sender, before: network.before('sender'), onMessage: listenTo(way) };
    return resources.use(new TrialSender({ ...own, ...place }));
  });
  await Promise.all(senders.map((sender) => sender.start()));
  const moved = resources.move();
  return {
    ...{ network, receiver, clocks, disk, saved, log, dice: new Dice(seed) },
    senders: senders as [TrialSender, TrialSender, TrialSender],
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
