import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Child } from '../support/child.ts';
import { Dice } from '../support/dice.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { readJsonLines, startProgram, startReceiver } from '../support/programs.ts';
import { scaleMs } from '../support/speed.ts';
import { checkOrder, filmArgs, hashFilm, hashFolder } from './faults-pictures.ts';
import { openProtocol, type ProtocolName } from './faults-protocols.ts';
import { type Ends, makeFolder } from './suite.ts';

/** Each takes its part of the cuts, and mostly waits. */
const senders = 5;
/** Frames that a sender has for each of its cuts, more than most cuts take, and those that are left at the end. */
const framesPerCut = 24;
const restFrames = 150;
/** Slow enough for answers to come back before the cut: a connection that broke before them is followed by a longer pause. */
const bytesPerSecond = 4_000_000;
/** For all that a sender has to do in its retry pauses. */
const patienceMs = scaleMs(240_000);

/** One protocol, and what `every` may keep: so little that the source waits for nearly each acknowledgement. */
export interface CutCase {
  readonly protocol: ProtocolName;
  readonly cuts: number;
  readonly buffer?: string;
}

/** How a connection that runs for a while brings some frames, how one does that breaks at once, and how often. */
interface Plan {
  /** Bytes up that some frames take. */
  readonly someUp: number;
  /** Bytes down that an answer or two take, each for as many frames as the disk took at once. */
  readonly someDown: number;
  /** Bytes up, from the first on, that a beginning takes. */
  readonly firstUp: number;
  readonly firstDown: number;
}

const clear: Plan = { someUp: 400_000, someDown: 80, firstUp: 120, firstDown: 60 };
const tls: Plan = { someUp: 400_000, someDown: 2400, firstUp: 1000, firstDown: 2000 };

/** Plans the next cut; resolves once it is made. */
async function cutOnce(proxy: FaultProxy, dice: Dice, plan: Plan): Promise<void> {
  const kind = dice.roll(100);
  if (kind < 70) return proxy.cutAfter('up', dice.roll(plan.someUp));
  if (kind < 88) return proxy.cutAfter('down', dice.roll(plan.someDown));
  if (kind < 92) return proxy.cutAfter('up', dice.roll(plan.firstUp));
  if (kind < 96) return proxy.cutAfter('down', dice.roll(plan.firstDown));
  // Right behind the receiver's first answer, where the wire changes.
  await new Promise<void>((resolve) => {
    proxy.onBytes = (direction) => {
      if (direction === 'down') resolve();
    };
  });
  proxy.onBytes = undefined;
  return proxy.cutAfter('up', dice.roll(plan.firstUp));
}

/** One film through a proxy that cuts it so many times. */
async function sendThroughCuts(
  start: (port: number) => Child,
  target: number,
  { plan, cuts, frames }: { plan: Plan; cuts: number; frames: number },
  dice: Dice,
) {
  await using proxy = await FaultProxy.open(target, { up: { bytesPerSecond } });
  const sender = start(proxy.port);
  await using _sender = sender;
  let made = 0;
  const ended = sender.wait(patienceMs);
  const cut = async () => {
    for (; made < cuts; made++) await cutOnce(proxy, dice, plan);
  };
  await Promise.race([ended, cut()]);
  const said = () => sender.lines('stderr').slice(-5).join('\n');
  assert.equal(made, cuts, `all frames went through before the last cut:\n${said()}`);
  assert.equal((await ended).code, 0, said());
  assert.match(sender.lines('stderr').at(-1) ?? '', new RegExp(`: sent ${frames} frames`));
  assert.doesNotMatch(sender.lines('stderr').join('\n'), /may not have arrived|may be lost|dropped, as/);
}

/** Every frame once, in order and unharmed, whatever the network does. */
export function defineCuts(ends: Ends, protocols: readonly CutCase[]): void {
  describe(`cuts, sender ${ends.sender}, receiver ${ends.receiver}`, { concurrency: 2 }, () => {
    for (const { protocol: name, cuts, buffer } of protocols) {
      const seed = randomInt(1, 2 ** 31);
      const where = buffer === undefined ? name : `${name}, --buffer ${buffer}`;
      test(`every frame is saved once, in order and unharmed in ${cuts} cuts: ${where} (seed ${seed})`, async () => {
        const ownCuts = cuts / senders;
        const frames = restFrames + framesPerCut * ownCuts;
        const expected = await hashFilm(frames);
        await using protocol = await openProtocol(name);
        await using folder = await makeFolder();
        const started = await startReceiver(ends.receiver, ['--save', folder.path, '--json', ...protocol.receiver]);
        await using receiver = started.receiver;
        const kept = buffer === undefined ? [] : ['--buffer', buffer];
        const film = [...(await filmArgs(frames)), '--interval', '0', ...kept, ...protocol.sender];
        const start = (port: number) => startProgram(ends.sender, 'image-sender', [...film, '--port', `${port}`]);
        const dice = Array.from({ length: senders }, (_, i) => new Dice(seed + i));
        const plan = name.startsWith('TLS') ? tls : clear;
        await Promise.all(
          dice.map((own) => sendThroughCuts(start, started.port, { plan, cuts: ownCuts, frames }, own)),
        );
        assert.equal((await receiver.stop()).code, 0);
        checkOrder(readJsonLines(receiver));
        const saved = await hashFolder(folder.path);
        assert.equal(saved.size, senders);
        for (const hashes of saved.values()) assert.deepEqual(hashes, expected);
        assert.equal(readJsonLines(receiver).length, senders * frames);
      });
    }
  });
}
