import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NumberedFrame } from '../../src/protocol/frame.ts';
import { listPositions, MemoryFileReader } from '../matroska/trial-matroska.ts';
import type { Child } from '../support/child.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { range } from '../support/frames.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { findFreePort } from '../support/ports.ts';
import { soonMs, startProgram, startReceiver, waitForSender } from '../support/programs.ts';
import type { RawClient } from '../support/raw-client.ts';
import { RawSender, readAcknowledged } from '../support/raw-sender.ts';
import { hash } from '../support/saved.ts';
import { scaleMs } from '../support/speed.ts';
import { until } from '../support/until.ts';
import { readSent, waitForFrames } from './faults-figures.ts';
import { filmArgs, hashFilm, hashFolder, hashOnlyStream } from './faults-pictures.ts';
import { openProtocol, type ProtocolName } from './faults-protocols.ts';
import { type Ends, makeFolder } from './suite.ts';

const frames = 600;
/** The longest life of a receiver after its first frame: at 20 ms a frame all lives together do not see the film's end. */
const longestLifeMs = 400;
/** For the rest of the film, and for the sender's retry pauses. */
const patienceMs = scaleMs(60_000);

/** Of all pictures in all recordings, in the order of their capture. */
async function hashRecorded(folder: string): Promise<string[]> {
  const pictures: { hash: string; atUs: number }[] = [];
  for (const path of (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.mkv'))) {
    const bytes = await readFile(join(folder, path));
    for (const { position, bytes: length, capturedAtUs } of await listPositions(new MemoryFileReader(bytes)))
      pictures.push({ hash: hash(bytes.subarray(position, position + length)), atUs: capturedAtUs });
  }
  return pictures.sort((a, b) => a.atUs - b.atUs).map((picture) => picture.hash);
}

/** The hashes of all pictures in folders below that one. */
async function hashPictures(folder: string): Promise<string[]> {
  const paths = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jpg'));
  return await Promise.all(paths.map(async (path) => hash(await readFile(join(folder, path)))));
}

/** Frames of the same times for each camera, and with JPEGs that differ in their lengths. */
function makeFrames(count: number, bytes: number): NumberedFrame[] {
  return range(1, count).map((sequence) => {
    const us = sequence * 100_000;
    const times = { capturedAtUs: Date.UTC(2026, 0, 31, 12) * 1000 + us, capturedMonotonicUs: us };
    return { sequence, width: 64, height: 48, jpeg: fakeJpeg(64, 48, bytes + sequence), ...times };
  });
}

/** Each sender begins when the one before has sent a frame. Resolves when all frames are acknowledged. */
async function sendInOrder(receiver: Child, port: number, senders: readonly RawSender[], count: number): Promise<void> {
  const clients: RawClient[] = [];
  for (const sender of senders) {
    const client = await sender.send(port);
    clients.push(client);
    await receiver.waitForLine('stderr', new RegExp(`${client.label}\\) sends pictures`), soonMs);
  }
  for (const client of clients) {
    await until(() => readAcknowledged(client) === count, 'acknowledgements', soonMs);
    client[Symbol.dispose]();
  }
}

/** One end is killed or told to stop in mid-run, and what was saved is all there. */
export function defineRestarts(ends: Ends, killsByProtocol: Partial<Record<ProtocolName, number>>): void {
  describe(`restarts, sender ${ends.sender}, receiver ${ends.receiver}`, { concurrency: 4 }, () => {
    for (const [name, kills] of Object.entries(killsByProtocol) as [ProtocolName, number][]) {
      for (const delayMs of [0, 100]) {
        test(`every frame is saved once when the receiver is killed ${kills} times: ${name}, ${delayMs} ms away`, async () => {
          const expected = await hashFilm(frames);
          await using protocol = await openProtocol(name);
          await using folder = await makeFolder();
          await using videos = await makeFolder();
          const receive = (port: number) => {
            return startReceiver(ends.receiver, [
              '--save',
              folder.path,
              '--record',
              videos.path,
              '--quiet',
              '--port',
              `${port}`,
              ...protocol.receiver,
            ]);
          };
          let { receiver, port } = await receive(await findFreePort());
          await using proxy = await FaultProxy.open(port, { up: { delayMs }, down: { delayMs } });
          const film = [...(await filmArgs(frames)), '--interval', '20', '--port', `${proxy.port}`, ...protocol.sender];
          await using sender = startProgram(ends.sender, 'image-sender', film);
          try {
            for (let kill = 1; kill <= kills; kill++) {
              await waitForSender(receiver);
              // Anywhere in its work.
              await sleep(randomInt(longestLifeMs));
              receiver.signal('SIGKILL');
              await receiver.wait(soonMs);
              ({ receiver, port } = await receive(port));
            }
            assert.equal((await sender.wait(patienceMs)).code, 0, sender.lines('stderr').join('\n'));
            // A kill that came too late was none.
            await receiver.waitForLine('stderr', /left after/, soonMs);
          } finally {
            await receiver.stop();
          }
          assert.deepEqual(await hashOnlyStream(folder.path), expected);
          assert.deepEqual(await hashRecorded(videos.path), expected);
          assert.deepEqual(readSent(sender), { frames, dropped: 0, uncertain: 0 });
          assert.doesNotMatch(sender.lines('stderr').join('\n'), /may not have arrived|may be lost/);
        });
      }
    }

    for (const names of [
      ['pi', 'pi'],
      ['Pi', 'pi'],
    ] as const) {
      test(`every frame of two senders is recorded and saved once when they come in another order after a kill: ${names.join(' and ')}`, async () => {
        const count = 30;
        await using videos = await makeFolder();
        await using folder = await makeFolder();
        const pattern = `${folder.path}/{name}/{utc}-{sequence}.jpg`;
        const senders = names.map((name, i) => new RawSender(name, `pi-${i}`, makeFrames(count, 200 + 100 * i)));
        const port = await findFreePort();
        for (const order of [senders, senders.toReversed(), senders]) {
          // The frames of each fill many files.
          const args = ['--record', videos.path, '--segment', '2f', '--save', pattern, '--port', `${port}`];
          const { receiver } = await startReceiver(ends.receiver, args);
          await using _receiver = receiver;
          await sendInOrder(receiver, port, order, count);
          receiver.signal('SIGKILL');
          await receiver.wait(soonMs);
        }
        const recorded = await hashRecorded(videos.path);
        assert.equal(new Set(recorded).size, 2 * count);
        assert.equal(recorded.length, 2 * count);
        assert.deepEqual((await hashPictures(folder.path)).sort(), recorded.sort());
      });
    }

    for (const when of ['before its first frame', 'in mid-stream']) {
      test(`every frame is saved once when the receiver freezes ${when}, for long, and is killed`, async () => {
        const expected = await hashFilm(frames);
        await using folder = await makeFolder();
        const receive = (port: number) =>
          startReceiver(ends.receiver, ['--save', folder.path, '--quiet', '--port', `${port}`]);
        const first = await receive(await findFreePort());
        await using frozen = first.receiver;
        if (when === 'before its first frame') frozen.signal('SIGSTOP');
        const film = [...(await filmArgs(frames)), '--interval', '10', '--port', `${first.port}`];
        await using sender = startProgram(ends.sender, 'image-sender', [...film, '--idle-timeout', '1s']);
        if (when === 'in mid-stream') {
          await waitForSender(frozen);
          frozen.signal('SIGSTOP');
        }
        // Several times as long as silence is waited for, and no longer than the film lasts.
        await sleep(4500);
        frozen.signal('SIGKILL');
        await frozen.wait(soonMs);
        const second = await receive(first.port);
        await using receiver = second.receiver;
        assert.equal((await sender.wait(patienceMs)).code, 0, sender.lines('stderr').join('\n'));
        await receiver.waitForLine('stderr', /left after/, soonMs);
        assert.deepEqual(await hashOnlyStream(folder.path), expected);
      });
    }

    test('a sender that is told to stop ends with 0 and all that it sent is saved', async () => {
      const expected = await hashFilm(frames);
      await using folder = await makeFolder();
      const { receiver, port } = await startReceiver(ends.receiver, ['--save', folder.path, '--json']);
      await using _receiver = receiver;
      await using proxy = await FaultProxy.open(port, { up: { delayMs: 100 }, down: { delayMs: 100 } });
      const film = [...(await filmArgs(frames)), '--interval', '20', '--port', `${proxy.port}`];
      await using sender = startProgram(ends.sender, 'image-sender', film);
      await waitForFrames(receiver, 40);
      sender.signal('SIGTERM');
      assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
      const sent = readSent(sender);
      await receiver.waitForLine('stderr', new RegExp(`left after ${sent.frames} frames`), soonMs);
      assert.deepEqual(await hashOnlyStream(folder.path), expected.slice(0, sent.frames));
      assert.doesNotMatch(sender.lines('stderr').join('\n'), /may not have arrived|may be lost/);
    });

    test('a sender that is told to stop while the network is gone ends with 0 and says what may be missing', async () => {
      const expected = await hashFilm(frames);
      await using folder = await makeFolder();
      const { receiver, port } = await startReceiver(ends.receiver, ['--save', folder.path, '--json']);
      await using _receiver = receiver;
      await using proxy = await FaultProxy.open(port);
      const film = [...(await filmArgs(frames)), '--interval', '20', '--port', `${proxy.port}`];
      await using sender = startProgram(ends.sender, 'image-sender', film);
      await waitForFrames(receiver, 40);
      proxy.set('both', { block: 'black-hole' });
      // Frames go out into the hole meanwhile.
      await sleep(500);
      sender.signal('SIGTERM');
      assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
      const said = sender.lines('stderr').join('\n');
      const [, missing] = /[:;] (\d+) frames? may not have arrived$/m.exec(said) ?? [];
      assert.ok(missing !== undefined, said);
      const saved = await hashOnlyStream(folder.path);
      const { frames: arrived } = readSent(sender);
      // Frames that arrived and got no answer any more are among those that may be missing.
      assert.ok(saved.length >= arrived, `${saved.length} are saved and ${arrived} are said to have arrived`);
      assert.ok(saved.length <= arrived + Number(missing), `${saved.length} are saved: ${said}`);
      assert.deepEqual(saved, expected.slice(0, saved.length));
      assert.equal((await hashFolder(folder.path)).size, 1);
    });
  });
}
