import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { encodeFrameHead, encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import type { Child } from '../support/child.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import { type JsonFrame, readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { scaleMs } from '../support/speed.ts';
import { mebibyte, readMemory, readReceivedMs, readSent, waitForFrames } from './faults-figures.ts';
import { filmArgs, hashFilm, hashFolder } from './faults-pictures.ts';
import { openProtocol } from './faults-protocols.ts';
import { type Ends, makeFolder } from './suite.ts';

export type Access = 'open to all' | 'with a token' | 'with TLS';

/** Twice the limit of one address; a third of them has sent a header and keeps its connection. */
const batch = 100;
const lifeMs = 500;
const filmFrames = 500;
/** Longest time between two frames of the good sender of the newest ones, 15 a second. */
const longestGapMs = scaleMs(6000);
const maxGrownBytes = 150 * mebibyte;

const jpeg = fakeJpeg(32, 16);
const picture = { jpeg, width: 32, height: 16, capturedAtUs: 0, capturedMonotonicUs: 0, sequence: 1 };
const frame = Buffer.concat([encodeFrameHead(picture), jpeg]);
const encoder = new TextEncoder();

function encodeHello(index: number, token: string): Uint8Array {
  const identity = { stream: `hostile-${index}`, name: 'hostile', delivery: 'every', keepAliveMs: 10_000 } as const;
  return encodeMessage({ type: 'HELO', ...identity, token: encoder.encode(token) });
}

function announce(bytes: number): Uint8Array {
  const head = Buffer.from(encodeFrameHead(picture));
  head.writeUInt32BE(bytes, 8);
  return head;
}

/** The bytes that a hostile client sends once it is connected. */
const hostileClients: Record<string, (index: number) => Uint8Array> = {
  'nothing at all': () => new Uint8Array(),
  'random bytes': () => randomBytes(300),
  'half a HELO': (index) => encodeHello(index, '').subarray(0, 20),
  'a token that is wrong, and a frame': (index) => Buffer.concat([encodeHello(index, 'wrong, as it is'), frame]),
  'a frame of 16 MB announced': (index) => Buffer.concat([encodeHello(index, ''), announce(16 * mebibyte)]),
  'a frame of 4 GB announced': (index) => Buffer.concat([encodeHello(index, ''), announce(2 ** 32 - 1)]),
  'a classic length of 16 MB': () => Buffer.from(`${16 * mebibyte}`.padEnd(64)),
  'half a classic frame': () => encodeClassicFrame(picture).subarray(0, 100),
  // Each is answered, and nobody reads.
  'the same frame 500 times': (index) =>
    Buffer.concat([encodeHello(index, ''), ...Array.from({ length: 500 }, () => frame)]),
};

/** Connects, says its part and never reads; stays as long as `stay` and resolves once it is gone again. */
async function visit(port: number, index: number, stay: Promise<unknown>): Promise<void> {
  const says = Object.values(hostileClients);
  const socket: Socket = connect({ port, host: '127.0.0.1' });
  // Dropped at once, often.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(says[index % says.length]?.(index) ?? '');
  await Promise.race([closed, stay]);
  // With answers unread the kernel resets it. Not by resetAndDestroy(): one that comes while the socket shuts down leaves it open for ever.
  socket.destroy();
  await closed;
}

interface Setting {
  readonly port: number;
  readonly receiver: Child;
  readonly send: (name: string, ...args: string[]) => Child;
}

/** More silent clients than one address may have stay until the receiver has reported it, however slow the machine. */
async function fillConnections({ port, receiver }: Setting): Promise<void> {
  const told = receiver.waitForLine('stderr', /\[TOO_MANY_SENDERS\]/, 2 * soonMs);
  const kinds = Object.keys(hostileClients).length;
  await Promise.all([told, ...Array.from({ length: batch }, (_, i) => visit(port, i * kinds, told))]);
}

/** Hostile clients come in batches and go, and a new sender among them. Returns the bytes by which the receiver's memory grew at its peak. */
async function receiveCrowd(
  { port, receiver, send }: Setting,
  clients: number,
): Promise<{ grownBytes: number; newcomer: Child }> {
  const beforeBytes = await readMemory(receiver.pid);
  let maxBytes = beforeBytes;
  let newcomer: Child | undefined;
  for (let index = 0; index < clients; index += batch) {
    const visits = Array.from({ length: batch }, (_, i) => visit(port, index + i, sleep(lifeMs)));
    // A newcomer waits with the clients of its address that guess tokens, and goes on asking.
    const args = ['pattern', '--count', '10', '--interval', '20', '--retries', '0'];
    if (index >= clients / 3) newcomer ??= send('newcomer', ...args);
    await Promise.all(visits);
    maxBytes = Math.max(maxBytes, await readMemory(receiver.pid));
  }
  assert.ok(newcomer !== undefined);
  assert.equal((await newcomer.wait(soonMs)).code, 0, newcomer.lines('stderr').join('\n'));
  return { grownBytes: maxBytes - beforeBytes, newcomer };
}

async function openAccess(
  access: Access,
  folder: string,
): Promise<{ sender: string[]; receiver: string[] } & AsyncDisposable> {
  const protocol = await openProtocol(access === 'with TLS' ? 'TLS' : 'wire auto');
  const path = join(folder, 'token');
  await writeFile(path, 'a token for the tests', { mode: 0o600 });
  const token = access === 'with a token' ? ['--token-file', path] : [];
  return {
    sender: [...protocol.sender, ...token, ...(token.length > 0 ? ['--token-without-tls'] : [])],
    receiver: [...protocol.receiver, ...token],
    [Symbol.asyncDispose]: () => protocol[Symbol.asyncDispose](),
  };
}

function findStream(frames: readonly JsonFrame[], name: string): JsonFrame[] {
  const found = frames.filter(({ stream }) => stream?.startsWith(`${name}-`));
  assert.ok(found.length > 0, `nothing of ${name} came`);
  // A sender that lost its connection came back with another.
  assert.equal(new Set(found.map(({ address }) => address)).size, 1, `${name} lost its connection`);
  return found;
}

/** Hostile clients of every kind come and go, and the senders that are let in notice nothing. */
export function defineCrowd(ends: Ends, accesses: Partial<Record<Access, number>>): void {
  describe(`crowd, sender ${ends.sender}, receiver ${ends.receiver}`, () => {
    for (const [access, clients] of Object.entries(accesses) as [Access, number][]) {
      test(`good senders go on while ${clients} hostile clients come and go, ${access}`, async (t: TestContext) => {
        const expected = await hashFilm(filmFrames);
        await using folder = await makeFolder();
        await using notes = await makeFolder();
        await using protocol = await openAccess(access, notes.path);
        const started = await startReceiver(ends.receiver, ['--save', folder.path, '--json', ...protocol.receiver]);
        await using receiver = started.receiver;
        const { port } = started;
        const send = (name: string, ...args: string[]) => {
          return startProgram(ends.sender, 'image-sender', [
            ...args,
            '--name',
            name,
            '--port',
            `${port}`,
            ...protocol.sender,
          ]);
        };
        await using newest = send('newest', 'pattern', '--fps', '15');
        await using every = send('every', ...(await filmArgs(filmFrames)), '--interval', '20');
        for (let i = 0; i < 2; i++) await receiver.waitForLine('stderr', /sends pictures/, soonMs);
        await waitForFrames(receiver, 60);
        const startedMs = Date.now();
        // Clients that do not speak TLS are gone before the connection limit is reached.
        if (access !== 'with TLS') await fillConnections({ port, receiver, send });
        const { grownBytes, newcomer } = await receiveCrowd({ port, receiver, send }, clients);
        const endedMs = Date.now();
        const seconds = (endedMs - startedMs) / 1000;
        t.diagnostic(
          `${clients} hostile clients in ${seconds.toFixed(1)} s; the receiver grew by ${(grownBytes / mebibyte).toFixed(1)} MiB`,
        );
        assert.equal((await every.wait(2 * soonMs)).code, 0, every.lines('stderr').join('\n'));
        await waitForFrames(receiver, 5);
        assert.equal((await newest.stop()).code, 0);
        if (access === 'with TLS') assert.match(receiver.lines('stderr').join('\n'), /\[TLS_FAILED\]/);
        assert.ok(grownBytes < maxGrownBytes, `the receiver grew by ${grownBytes} bytes`);

        const frames = readJsonLines(receiver);
        assert.equal(findStream(frames, 'every').length, filmFrames);
        const sent = readSent(newcomer);
        assert.equal(sent.frames, 10);
        // A receiver that is held up answers too late for the connection on which a frame came: it is here, and another took its place.
        const extra = findStream(frames, 'newcomer').length - sent.frames;
        assert.ok(extra >= 0 && extra <= sent.uncertain, `${extra} more than were sent, ${sent.uncertain} uncertain`);
        const times = findStream(frames, 'newest').map(readReceivedMs);
        const gapsMs = times.slice(1).map((time, i) => time - (times[i] ?? time));
        assert.ok(Math.max(...gapsMs) < longestGapMs, `nothing of the newest for ${Math.max(...gapsMs)} ms`);
        const during = times.filter((time) => time >= startedMs && time <= endedMs).length;
        assert.ok(during > seconds * 15 * 0.2, `${during} of the newest in ${seconds} s`);

        // A picture of the newest may be being written.
        assert.equal((await receiver.stop()).code, 0);
        assert.deepEqual([...(await hashFolder(folder.path, 'every-')).values()], [expected]);
      });
    }
  });
}
