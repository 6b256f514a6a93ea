import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from '../support/fault-proxy.ts';
import { type JsonFrame, readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { scaleMs } from '../support/speed.ts';
import {
  mebibyte,
  pickPercentile,
  readReceivedMs,
  readSent,
  readTrueLatencyMs,
  sampleMemory,
  waitForFrames,
  waitForLeft,
} from './faults-figures.ts';
import { checkOrder, filmArgs, hashFilm, hashOnlyStream } from './faults-pictures.ts';
import { openProtocol, type ProtocolName } from './faults-protocols.ts';
import { type Ends, makeFolder } from './suite.ts';

/** So large that the frames of a stall do not fit into what the sender's memory may grow by. */
const largeArgs = ['--size', '1600x1200', '--quality', '100'];
const movingArgs = ['pattern', '--fps', '30', '--retries', '0'];
const intervalMs = 1000 / 30;
const stallMs = 10_000;
/** The newest frame has at most this latency, also on a busy machine. */
const freshMs = Math.min(scaleMs(stallMs / 10), stallMs / 2);
const inFlight = 2;
/** Frames that may be captured and dropped behind the last one sent, when the sender is told to stop: half a second of them. */
const tailFrames = 15;

/** The frames that were received from a moment on, by this machine's clock. */
function readSince(frames: readonly JsonFrame[], sinceMs: number): JsonFrame[] {
  return frames.filter((frame) => readReceivedMs(frame) >= sinceMs);
}

/** Nothing goes through for a while, and afterwards all is well by itself. */
export function defineSilences(ends: Ends, protocols: readonly ProtocolName[]): void {
  describe(`silences, sender ${ends.sender}, receiver ${ends.receiver}`, { concurrency: true }, () => {
    for (const name of protocols) {
      defineStall(ends, name);
      defineBreak(ends, name);
      defineBlackHole(ends, name);
    }
  });
}

function defineStall(ends: Ends, name: ProtocolName): void {
  test(`latest is back at the newest frame, and took no memory, after a stall of 10 s: ${name}`, async () => {
    await using protocol = await openProtocol(name);
    const patient = ['--idle-timeout', '30s'];
    const { receiver, port } = await startReceiver(ends.receiver, ['--json', ...patient, ...protocol.receiver]);
    await using _receiver = receiver;
    await using proxy = await FaultProxy.open(port);
    const args = [...movingArgs, ...largeArgs, ...patient, '--port', `${proxy.port}`, ...protocol.sender];
    await using sender = startProgram(ends.sender, 'image-sender', args);
    await waitForFrames(receiver, 120);
    const before = await sampleMemory(sender.pid);
    proxy.set('both', { block: 'stall' });
    // Real time, as both ends are real programs, as in the others; memory is sampled for the rest.
    await sleep(stallMs - 2000);
    const grownBytes = (await sampleMemory(sender.pid)).min - before.max;
    const sinceMs = Date.now();
    proxy.set('both', { block: 'none' });
    await waitForFrames(receiver, 90);
    const laterBytes = (await sampleMemory(sender.pid)).min - before.max;
    assert.equal((await sender.stop()).code, 0);
    const left = await waitForLeft(receiver);
    // Its lines may come after that.
    await receiver.stop();

    const frames = readJsonLines(receiver);
    checkOrder(frames);
    const after = readSince(frames, sinceMs);
    const late = after.filter((frame) => frame.latencyMs > stallMs / 2);
    // None where only the acknowledgements of the frames in flight were held up.
    assert.ok(late.length <= inFlight, `${late.length} frames were as old as the stall`);
    assert.deepEqual(after.slice(0, late.length), late);
    // Most of them, as a busy machine may hold up a single one.
    const defaultMs = pickPercentile(after.slice(late.length, late.length + 30).map(readTrueLatencyMs), 0.8);
    assert.ok(defaultMs < freshMs, `${defaultMs} ms late after the stall`);
    assert.ok(grownBytes < 10 * mebibyte, `grew by ${grownBytes} bytes in the stall`);
    assert.ok(laterBytes < 10 * mebibyte, `grew by ${laterBytes} bytes after the stall`);

    const first = frames[0]?.sequence ?? 0;
    const last = frames.at(-1)?.sequence ?? 0;
    assert.equal(left.frames, frames.length);
    assert.equal(left.dropped, last - first + 1 - frames.length);
    const sent = readSent(sender);
    assert.equal(sent.frames, frames.length);
    // Those before the first frame sent, and behind the last, only the sender can know of.
    const untold = sent.dropped - left.dropped - (first - 1);
    assert.ok(untold >= 0 && untold <= tailFrames, `${sent.dropped} dropped by its own count, ${left.dropped} by ours`);
    // A busy machine may capture a part of them only.
    assert.ok(left.dropped > (stallMs / intervalMs) * 0.2, `${left.dropped} dropped in a stall of 10 s`);
  });
}

function defineBreak(ends: Ends, name: ProtocolName): void {
  test(`latest is back by itself after a stall that both ends take for death: ${name}`, async () => {
    await using protocol = await openProtocol(name);
    const { receiver, port } = await startReceiver(ends.receiver, ['--json', ...protocol.receiver]);
    await using _receiver = receiver;
    await using proxy = await FaultProxy.open(port);
    const args = [...movingArgs, '--port', `${proxy.port}`, ...protocol.sender];
    await using sender = startProgram(ends.sender, 'image-sender', args);
    await waitForFrames(receiver, 30);
    proxy.set('both', { block: 'stall' });
    // Longer than the ten seconds after which each end gives the other up.
    await sleep(13_000);
    const sinceMs = Date.now();
    proxy.set('both', { block: 'none' });
    await sender.waitForLine('stderr', /it sent nothing for 10 s/, soonMs);
    await receiver.waitForLine('stderr', /dropped after \d+ frames .*\[IDLE\]/, soonMs);
    await receiver.waitForLine('stderr', /sends pictures/, soonMs);
    // So many frames that the last of them were captured after all that the stall held up.
    await sleep(3000);
    assert.equal((await sender.stop()).code, 0);
    await waitForLeft(receiver);
    // Its lines may come after that.
    await receiver.stop();
    const frames = readJsonLines(receiver);
    checkOrder(frames);
    const after = readSince(frames, sinceMs);
    assert.ok(after.length > 2 * inFlight, `${after.length} frames came after the stall`);
    const defaultMs = pickPercentile(after.slice(-30).map(readTrueLatencyMs), 0.8);
    assert.ok(defaultMs < freshMs, `${defaultMs} ms late after the stall`);
  });
}

function defineBlackHole(ends: Ends, name: ProtocolName): void {
  const frames = 200;
  test(`both ends notice a black hole, and every frame is saved once when it is gone: ${name}`, async () => {
    const expected = await hashFilm(frames);
    await using protocol = await openProtocol(name);
    await using folder = await makeFolder();
    const idle = ['--idle-timeout', '2s'];
    const receiverArgs = ['--json', '--save', folder.path, ...idle, ...protocol.receiver];
    const { receiver, port } = await startReceiver(ends.receiver, receiverArgs);
    await using _receiver = receiver;
    await using proxy = await FaultProxy.open(port);
    const film = [...(await filmArgs(frames)), '--interval', '30', ...idle, '--port', `${proxy.port}`];
    await using sender = startProgram(ends.sender, 'image-sender', [...film, ...protocol.sender]);
    await waitForFrames(receiver, 30);
    proxy.set('both', { block: 'black-hole' });
    const [, reason] = await sender.waitForLine('stderr', /broke: (.*)/, soonMs);
    assert.match(reason ?? '', /it sent nothing for 2 s \(--idle-timeout\)/);
    await receiver.waitForLine('stderr', /dropped after \d+ frames .*within 2 s \(--idle-timeout\).*\[IDLE\]/, soonMs);
    // Over a connection that was made in the hole nothing will ever come.
    await sleep(1500);
    proxy.set('both', { block: 'none' });
    assert.equal((await sender.wait(2 * soonMs)).code, 0, sender.lines('stderr').join('\n'));
    await waitForLeft(receiver);
    assert.equal((await receiver.stop()).code, 0);
    checkOrder(readJsonLines(receiver));
    assert.deepEqual(await hashOnlyStream(folder.path), expected);
    assert.equal(readJsonLines(receiver).length, frames);
    assert.doesNotMatch(sender.lines('stderr').join('\n'), /may not have arrived|may be lost/);
  });
}
