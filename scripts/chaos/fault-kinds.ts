import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hourMs } from '../../test/e2e/faults-figures.ts';
import type { Dice } from '../../test/support/dice.ts';
import { lastWords, runCommand } from '../debian/command.ts';
import type { Network, Side } from './network.ts';
import type { TrialReceiver } from './trial-receiver.ts';
import type { TrialSender } from './trial-sender.ts';
import type { Victims } from './victims.ts';

/** Brings a fault about, and ends it; resolves as soon as it has ended, with its particulars. */
type Fault = (victims: Victims) => Promise<string>;

const sides: readonly Side[] = ['sender', 'receiver'];
const ballast = 'ballast';
const fillTries = 50;
/** Longer than a sender waits for a silent receiver (`--idle-timeout`), and shorter. */
const [shortMs, longMs] = [200, 3000];

/** The kinds of faults. Each undoes itself. */
export const faultKinds: Readonly<Record<string, Fault>> = {
  'link down': async ({ network, dice }) => {
    const side = dice.pick(sides);
    await network.linkDown(side);
    const ms = await wait(dice);
    await network.linkUp(side);
    return `${side}'s end, ${ms} ms`;
  },
  'bandwidth cap': async ({ network, dice }) => {
    const side = dice.pick(sides);
    const kbit = dice.between(100, 500);
    await network.cap(side, kbit);
    const ms = await wait(dice);
    await network.uncap(side);
    return `${kbit} kbit/s from the ${side}, ${ms} ms`;
  },
  'random drops': async ({ network, dice }) => {
    const side = dice.pick(sides);
    const percent = dice.between(5, 40);
    const ms = await filter(network, side, () => network.drop(side, percent), dice);
    return `${percent} % of packets to the ${side}, ${ms} ms`;
  },
  'black hole': async ({ network, dice }) => {
    const side = dice.pick(sides);
    const ms = await filter(network, side, () => network.drop(side, 100), dice);
    return `to the ${side}, ${ms} ms`;
  },
  resets: async ({ network, dice }) => {
    const side = dice.pick(sides);
    const ms = await filter(network, side, () => network.reset(side), dice);
    return `of the ${side}, ${ms} ms`;
  },
  'address change': async ({ network, dice }) => {
    await network.removeAddress();
    const ms = await wait(dice);
    await network.addNextAddress();
    return `of the senders, ${ms} ms without`;
  },
  'route change': async ({ network, dice }) => {
    await network.removeRoute();
    const ms = await wait(dice);
    await network.addOtherRoute();
    return `to the receiver, ${ms} ms without`;
  },
  'full disk': async ({ disk, dice }) => {
    const file = join(disk, ballast);
    await fill(disk, file);
    const ms = await wait(dice);
    await rm(file, { force: true });
    return `${ms} ms`;
  },
  'clock step': async ({ clocks, dice }) => {
    const side = dice.pick(sides);
    const clock = clocks[side];
    const hours = clock.offsetMs === 0 ? dice.pick([-1, 1]) : -clock.offsetMs / hourMs;
    await clock.step(hours * hourMs);
    return `of the ${side}, ${hours} h`;
  },
  freeze: async ({ receiver, senders, dice }) => {
    const program = dice.pick([receiver, ...senders]);
    program.signal('SIGSTOP');
    const ms = await wait(dice);
    program.signal('SIGCONT');
    return `${describe(program)}, ${ms} ms`;
  },
  kill: async ({ receiver, senders, dice }) => {
    const program = dice.pick([receiver, receiver, ...senders]);
    await program.kill();
    const ms = dice.roll(1000);
    await sleep(ms);
    await program.start();
    return `${describe(program)}, ${ms} ms until its start`;
  },
};

async function wait(dice: Dice): Promise<number> {
  const ms = dice.between(shortMs, longMs);
  await sleep(ms);
  return ms;
}

/** Takes all room of a disk, but for a picture or two. */
async function fill(disk: string, file: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { bavail, bsize } = await statfs(disk);
    const room = (bavail - tries) * bsize;
    if (room <= 0) return;
    const result = await runCommand('fallocate', ['--length', `${room}`, file]);
    if (result.status === 0) return;
    // The receiver has written more meanwhile.
    await rm(file, { force: true });
    if (tries === fillTries) throw new Error(`Cannot fill ${disk} after ${tries} tries: ${lastWords(result)}`);
  }
}

async function filter(network: Network, side: Side, begin: () => Promise<void>, dice: Dice): Promise<number> {
  await begin();
  const ms = await wait(dice);
  await network.unfilter(side);
  return ms;
}

function describe(program: TrialReceiver | TrialSender): string {
  return 'name' in program ? `the sender ${program.name}` : 'the receiver';
}
