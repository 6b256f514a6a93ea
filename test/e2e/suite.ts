import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readJpegSize } from '../../src/protocol/jpeg/jpeg-head.ts';
import { makeTlsIdentity } from '../support/certificate.ts';
import type { Child } from '../support/child.ts';
import { MEDIA, mediaFile } from '../support/media.ts';
import {
  type Runtime,
  readJsonLines,
  soonMs,
  startProgram,
  startReceiver,
  waitForSender,
} from '../support/programs.ts';
import { listSaved } from '../support/saved.ts';

/** The runtime of each end. */
export interface Ends {
  readonly sender: Runtime;
  readonly receiver: Runtime;
}

/** How the two ends talk: the arguments that each gets besides those of a test. */
interface ProtocolOptions {
  readonly sender: readonly string[];
  readonly receiver: readonly string[];
}

/** The wires, and what may be around them. */
const protocols = {
  'classic wire': async () => ({ sender: ['--wire', 'classic'], receiver: [] }),
  'classic first, then wire 2': async () => ({ sender: [], receiver: [] }),
  'wire 2': async () => ({ sender: ['--wire', '2'], receiver: [] }),
  'wire 2 with TLS and a token': makeTlsOptions,
} satisfies Record<string, () => Promise<ProtocolOptions & Partial<AsyncDisposable>>>;

export type ProtocolName = keyof typeof protocols;
export const protocolNames = Object.keys(protocols) as ProtocolName[];

async function makeTlsOptions(): Promise<ProtocolOptions & AsyncDisposable> {
  const identity = await makeTlsIdentity();
  const folder = await makeFolder();
  const tokenFile = join(folder.path, 'token');
  await writeFile(tokenFile, 'a token for the tests\n', { mode: 0o600 });
  return {
    sender: ['--tls-pin', identity.pin, '--token-file', tokenFile],
    receiver: ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath, '--token-file', tokenFile],
    async [Symbol.asyncDispose]() {
      await identity[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A folder that goes with the block. */
export async function makeFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'image-socket-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const classicName = /^127\.0\.0\.1-\d+_\d{8}T\d{6}_\d{6}Z_\d{6}\.jpg$/;
const streamName = /^pi-01-[0-9a-z]{8}_\d{8}T\d{6}_\d{6}Z_\d{6}\.jpg$/;

/** A slow machine may leave some out. */
function assertRising(sequences: readonly number[]): void {
  sequences.forEach((sequence, i) => {
    assert.ok(sequence > (sequences[i - 1] ?? 0), `${sequences}`);
  });
}

/** The main job from end to end, for any pair of runtimes and any protocol. */
export function defineMainJob(ends: Ends, protocolName: ProtocolName): void {
  describe(`main job, sender ${ends.sender}, receiver ${ends.receiver}, ${protocolName}`, () => {
    const isClassic = protocolName === 'classic wire';
    // How a video is packed matters to none of the protocols, and ten restarts find more than three on one of them at most.
    const isDefault = protocolName === 'classic first, then wire 2';
    const restarts = isDefault ? 10 : 3;
    let protocol: ProtocolOptions & Partial<AsyncDisposable>;
    before(async () => {
      protocol = await protocols[protocolName]();
    });
    after(() => protocol[Symbol.asyncDispose]?.());
    const receive = (...args: string[]) => startReceiver(ends.receiver, [...protocol.receiver, ...args]);
    const send = (port: number | string, ...args: string[]): Child =>
      startProgram(ends.sender, 'image-sender', [...args, '--name', 'pi-01', '--port', `${port}`, ...protocol.sender]);

    test('pictures of the pattern arrive in order with their times when a receiver waits', async () => {
      const started = await receive('--json', '--count', '12');
      await using receiver = started.receiver;
      await using sender = send(started.port, 'pattern');
      assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
      const frames = readJsonLines(receiver);
      assert.equal(frames.length, 12);
      assertRising(frames.map((frame) => frame.sequence));
      for (const frame of frames) {
        assert.equal(`${frame.width}x${frame.height}`, '480x315');
        assert.match(frame.capturedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        // On one machine both clocks are one, so that the difference of the times is the truth, as far as each program reads it: to 2 ms.
        const trueMs = Date.parse(frame.receivedAt) - Date.parse(frame.capturedAt);
        const errorMs = frame.latencyErrorMs ?? 0;
        assert.ok(
          Math.abs(trueMs - frame.latencyMs) <= errorMs + 6,
          `${trueMs} is not ${frame.latencyMs} ± ${errorMs}`,
        );
        assert.match(frame.stream ?? '', isClassic ? /^$/ : /^pi-01-[0-9a-z]{8}$/);
        assert.ok(frame.latencyMs > -100 && frame.latencyMs < soonMs, `${frame.latencyMs} ms late`);
      }
      assert.equal(frames.at(-1)?.latencyErrorMs === null, isClassic);
      assert.equal(frames.at(-1)?.name, isClassic ? null : 'pi-01');
      assert.equal((await sender.stop()).code, 0);
    });

    for (const kind of isDefault ? (['h264', 'mjpeg', 'vp9'] as const) : (['mjpeg'] as const)) {
      test(`every frame of a ${kind} file is saved once, in order, when it is sent once`, async () => {
        await using folder = await makeFolder();
        const started = await receive('--save', folder.path);
        await using receiver = started.receiver;
        const file = await mediaFile(kind);
        const args = ['video', file, '--once', '--interval', '0', '--size', 'source'];
        await using sender = send(started.port, ...args);
        assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
        await receiver.waitForLine('stderr', /left after/, soonMs);
        assert.equal((await receiver.stop()).code, 0);
        const names = await listSaved(folder.path);
        assert.equal(names.length, MEDIA[kind].frames);
        for (const [i, name] of names.entries()) {
          assert.match(name, isClassic ? classicName : streamName);
          assert.equal(Number(name.slice(-10, -4)), i + 1);
          const { width, height } = readJpegSize(await readFile(join(folder.path, name)));
          assert.equal(`${width}x${height}`, MEDIA[kind].size);
        }
        assert.match(sender.lines('stderr').at(-1) ?? '', new RegExp(`sent ${MEDIA[kind].frames} frames`));
      });
    }

    test('a video starts again over the same connection when it is not sent once', async () => {
      const started = await receive('--json', '--count', `${MEDIA.mjpeg.frames * 2 + 10}`);
      await using receiver = started.receiver;
      await using _sender = send(started.port, 'video', await mediaFile('mjpeg'), '--interval', '0');
      assert.equal((await receiver.wait(soonMs)).code, 0);
      const frames = readJsonLines(receiver);
      assert.equal(new Set(frames.map((frame) => frame.address)).size, 1);
      assert.equal(frames.at(-1)?.sequence, MEDIA.mjpeg.frames * 2 + 10);
    });

    test('three senders are received at once when all send to one receiver', async () => {
      const started = await receive('--json');
      await using receiver = started.receiver;
      const senders = [1, 2, 3].map(() => send(started.port, 'pattern', '--count', '8', '--interval', '30'));
      for (const sender of senders) assert.equal((await sender.wait(soonMs)).code, 0);
      for (const _ of senders) await receiver.waitForLine('stderr', /left after 8 frames/, soonMs);
      assert.equal((await receiver.stop()).code, 0);
      const labels = readJsonLines(receiver).map((frame) => frame.address);
      assert.equal(labels.length, 24);
      assert.equal(new Set(labels).size, 3);
    });

    test('the receiver says at the end how late the frames were', async () => {
      const started = await receive('--quiet');
      await using receiver = started.receiver;
      await using sender = send(started.port, 'pattern', '--count', '30', '--interval', '20');
      assert.equal((await sender.wait(soonMs)).code, 0);
      const [line] = await receiver.waitForLine('stderr', /left after 30 frames .*/, soonMs);
      const stats = isClassic
        ? /, clock offset unknown, jitter [.\d]+ ms$/
        : /, latency p50 \S+ ms p95 \S+ ms p99 \S+ ms(?:, \d+ dropped by the sender)?$/;
      assert.match(line, stats);
      assert.equal((await receiver.stop()).code, 0);
    });

    test('the receiver prints a line a frame as the Python server does when nothing else is asked for', async () => {
      const started = await receive('--count', '2');
      await using receiver = started.receiver;
      await using _sender = send(started.port, 'pattern');
      assert.equal((await receiver.wait(soonMs)).code, 0);
      assert.equal(receiver.lines('stdout').length, 2);
      for (const line of receiver.lines('stdout')) {
        assert.match(
          line,
          /^send time: [-\d]{10} [:\d]{8}\.\d{6} {2}receive time: [-\d]{10} [:\d]{8}\.\d{6} {2}latency -?[.\d]+ ms[, ]/,
        );
      }
    });

    test('a connection outlives the time allowed for making it', async () => {
      const { receiver, port } = await receive('--json', '--count', '40');
      await using _receiver = receiver;
      await using _sender = send(port, 'pattern', '--connect-timeout', '3s');
      assert.equal((await receiver.wait(soonMs)).code, 0);
      const frames = readJsonLines(receiver);
      assert.equal(frames.length, 40);
      assert.equal(new Set(frames.map((frame) => frame.address)).size, 1);
    });

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      test(`both ends finish the current frame and end with 0 when they get ${signal}`, async () => {
        const started = await receive('--quiet');
        await using receiver = started.receiver;
        await using sender = send(started.port, 'pattern', '--size', '2000x1500', '--interval', '0');
        await receiver.waitForLine('stderr', /sends pictures/, soonMs);
        sender.signal(signal);
        assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
        await receiver.waitForLine('stderr', /left after \d+ frames?/, soonMs);
        receiver.signal(signal);
        assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
        assert.deepEqual(receiver.lines('stdout'), []);
      });
    }

    test(`the sender goes on by itself when the receiver is killed and started again ${restarts} times`, async () => {
      const first = await receive('--quiet');
      let { receiver } = first;
      const port = `${first.port}`;
      await using sender = send(port, 'pattern', '--retries', '0');
      for (let round = 1; round <= restarts; round++) {
        await waitForSender(receiver);
        receiver.signal('SIGKILL');
        await receiver.wait(soonMs);
        ({ receiver } = await receive('--quiet', '--port', port));
      }
      await waitForSender(receiver);
      assert.equal((await sender.stop()).code, 0);
      await receiver.waitForLine('stderr', /left after/, soonMs);
      assert.equal((await receiver.stop()).code, 0);
    });
  });
}
