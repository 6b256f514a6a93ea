import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { FaultProxy } from '../support/fault-proxy.ts';
import { readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { startPythonServer } from '../support/python.ts';
import { scaleMs } from '../support/speed.ts';
import { pickPercentile, readSent, readTrueLatencyMs, waitForFrames, waitForLeft } from './faults-figures.ts';
import { checkOrder, filmArgs, hashFilm, hashOnlyStream } from './faults-pictures.ts';
import { openProtocol, type ProtocolName } from './faults-protocols.ts';
import { type Ends, makeFolder } from './suite.ts';

/** 50 ms in each direction, give or take 20. */
const farAndUneven = { delayMs: 30, jitterMs: 40 };
const farther = { up: { delayMs: 300 }, down: { delayMs: 300 } };
/** Of two clocks that are read one after the other, at each end, and rounded. */
const readingMs = 1;
/** Frames that may be captured and dropped behind the last one sent: half a second of them at 30 a second. */
const tailFrames = 15;

/** Network lines with delay, jitter, little bandwidth or small chunks. */
export function defineLines(ends: Ends, protocols: readonly ProtocolName[]): void {
  describe(`lines, sender ${ends.sender}, receiver ${ends.receiver}`, { concurrency: 4 }, () => {
    for (const name of protocols) {
      defineJitter(ends, name);
      defineSmallChunks(ends, name);
      defineThin(ends, name);
      defineFar(ends, name);
    }
    definePython(ends);
  });
}

function defineJitter(ends: Ends, name: ProtocolName): void {
  test(`the latency is right within the error that is told, 50 ms away with jitter: ${name}`, async () => {
    await using protocol = await openProtocol(name);
    const { receiver, port } = await startReceiver(ends.receiver, ['--json', ...protocol.receiver]);
    await using _receiver = receiver;
    await using proxy = await FaultProxy.open(port, { up: farAndUneven, down: farAndUneven });
    const args = ['pattern', '--count', '60', '--port', `${proxy.port}`, ...protocol.sender];
    await using sender = startProgram(ends.sender, 'image-sender', args);
    assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
    const left = await waitForLeft(receiver);
    // Its lines may come after that.
    await receiver.stop();
    const compared = readJsonLines(receiver).filter((frame) => frame.latencyErrorMs !== null);
    assert.ok(compared.length >= 40, `the clocks were compared for ${compared.length} frames`);
    for (const frame of compared) {
      const offMs = Math.abs(frame.latencyMs - readTrueLatencyMs(frame));
      const maxMs = (frame.latencyErrorMs ?? 0) + readingMs;
      assert.ok(offMs <= maxMs, `sequence ${frame.sequence} is off by ${offMs} of ${maxMs} ms`);
    }
    const trueMs = pickPercentile(compared.map(readTrueLatencyMs), 0.5);
    const errorMs = pickPercentile(
      compared.map((frame) => frame.latencyErrorMs ?? 0),
      0.5,
    );
    assert.ok(trueMs > farAndUneven.delayMs, `${trueMs} ms late behind 50 ms`);
    // Half of the round trip is the largest possible error.
    assert.ok(errorMs > 0 && errorMs < 100, `the error is said to be ${errorMs} ms`);
    assert.ok(Math.abs(left.p50Ms - trueMs) <= errorMs + readingMs, `p50 is ${trueMs} ± ${errorMs} ms: ${left.line}`);
  });
}

function defineSmallChunks(ends: Ends, name: ProtocolName): void {
  const frames = 12;
  test(`every frame is whole when each byte comes alone: ${name}`, async () => {
    const expected = await hashFilm(frames, 'jpegs48');
    await using protocol = await openProtocol(name);
    await using folder = await makeFolder();
    const { receiver, port } = await startReceiver(ends.receiver, [
      '--save',
      folder.path,
      '--json',
      ...protocol.receiver,
    ]);
    await using _receiver = receiver;
    await using proxy = await FaultProxy.open(port, { up: { sliceBytes: 1 }, down: { sliceBytes: 1 } });
    let longest = 0;
    proxy.onBytes = (_direction, piece) => {
      longest = Math.max(longest, piece.length);
    };
    const film = [
      ...(await filmArgs(frames, 'jpegs48')),
      '--interval',
      '0',
      '--port',
      `${proxy.port}`,
      ...protocol.sender,
    ];
    await using sender = startProgram(ends.sender, 'image-sender', film);
    assert.equal((await sender.wait(2 * soonMs)).code, 0, sender.lines('stderr').join('\n'));
    await receiver.waitForLine('stderr', new RegExp(`left after ${frames} frames`), soonMs);
    assert.equal(longest, 1);
    checkOrder(readJsonLines(receiver));
    assert.deepEqual(await hashOnlyStream(folder.path), expected);
  });
}

function defineThin(ends: Ends, name: ProtocolName): void {
  test(`latest drops what does not fit through 200 kB a second and stays near the newest: ${name}`, async () => {
    await using protocol = await openProtocol(name);
    const { receiver, port } = await startReceiver(ends.receiver, ['--json', ...protocol.receiver]);
    await using _receiver = receiver;
    await using proxy = await FaultProxy.open(port, { up: { bytesPerSecond: 200_000 } });
    const args = ['pattern', '--fps', '30', '--port', `${proxy.port}`, ...protocol.sender];
    await using sender = startProgram(ends.sender, 'image-sender', args);
    await waitForFrames(receiver, 60);
    assert.equal((await sender.stop()).code, 0);
    const left = await waitForLeft(receiver);
    // Its lines may come after that.
    await receiver.stop();
    const frames = readJsonLines(receiver);
    checkOrder(frames);
    // Two frames of 80 ms each are in flight. Were all sent, the last ten would be three seconds late.
    // Single frames may be late on a busy machine: when the sender's process is not scheduled, it captures nothing meanwhile either.
    const lateMs = pickPercentile(frames.slice(-10).map(readTrueLatencyMs), 0.5);
    assert.ok(lateMs < 1500, `the last ten are ${lateMs} ms late at the median`);
    const first = frames[0]?.sequence ?? 0;
    const last = frames.at(-1)?.sequence ?? 0;
    assert.equal(left.dropped, last - first + 1 - frames.length);
    assert.ok(left.dropped >= 30, left.line);
    const untold = readSent(sender).dropped - left.dropped - (first - 1);
    assert.ok(untold >= 0 && untold <= tailFrames, `${sender.lines('stderr').at(-1)}; ${left.line}`);
  });
}

function defineFar(ends: Ends, name: ProtocolName): void {
  for (const delivery of ['latest', 'every'] as const) {
    test(`five frames arrive once each and the sender ends with 0, 300 ms away: ${delivery}, ${name}`, async () => {
      await using protocol = await openProtocol(name);
      const { receiver, port } = await startReceiver(ends.receiver, ['--json', ...protocol.receiver]);
      await using _receiver = receiver;
      await using proxy = await FaultProxy.open(port, farther);
      const args = ['pattern', '--count', '5', '--deliver', delivery, '--port', `${proxy.port}`, ...protocol.sender];
      await using sender = startProgram(ends.sender, 'image-sender', args);
      assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
      const left = await waitForLeft(receiver);
      // Its lines may come after that.
      await receiver.stop();
      assert.doesNotMatch(left.line, /came twice/);
      assert.match(left.line, /^left after 5 frames/);
      const frames = readJsonLines(receiver);
      checkOrder(frames);
      assert.equal(frames.length, 5);
      if (delivery === 'every') assert.equal(frames.at(-1)?.sequence, 5);
      assert.equal(readSent(sender).frames, 5);
      assert.doesNotMatch(sender.lines('stderr').join('\n'), /may not have arrived|may be lost|again/);
      assert.equal(proxy.connections, 1);
    });
  }
}

/** The time between the frames that a Python server printed, in milliseconds, by its own clock. */
function readGapsMs(lines: readonly string[]): number[] {
  const times = lines
    .filter((line) => line.startsWith('receive time: '))
    .map((line) => Date.parse(`${line.slice(14, 37).replace(' ', 'T')}Z`));
  return times.slice(1).map((time, i) => time - (times[i] ?? time));
}

function definePython(ends: Ends): void {
  const frames = 60;
  test('every frame reaches a Python server 300 ms away, also after the idle time-out, without a stall', async (t: TestContext) => {
    const expected = await hashFilm(frames);
    await using folder = await makeFolder();
    const path = join(folder.path, 'hashes');
    const { child: server, port } = await startPythonServer(['--once', '--hashes', path]);
    await using _server = server;
    await using proxy = await FaultProxy.open(port, farther);
    const patience = ['--interval', '50', '--idle-timeout', '1s'];
    const film = [...(await filmArgs(frames)), ...patience, '--port', `${proxy.port}`];
    await using sender = startProgram(ends.sender, 'image-sender', film);
    assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
    assert.equal((await server.wait(soonMs)).code, 0);
    assert.deepEqual((await readFile(path, 'utf8')).trim().split('\n'), expected);
    assert.equal(proxy.connections, 1);
    const longestMs = Math.max(...readGapsMs(server.lines('stdout')));
    t.diagnostic(`the longest time between two frames of 50 ms: ${longestMs} ms`);
    assert.ok(longestMs < scaleMs(5000), `nothing for ${longestMs} ms`);
  });

  test('latest goes on to a Python server 300 ms away that never answers', async (t: TestContext) => {
    await using folder = await makeFolder();
    const path = join(folder.path, 'hashes');
    const { child: server, port } = await startPythonServer(['--once', '--hashes', path]);
    await using _server = server;
    await using proxy = await FaultProxy.open(port, farther);
    const args = ['pattern', '--count', '40', '--idle-timeout', '2s', '--port', `${proxy.port}`];
    await using sender = startProgram(ends.sender, 'image-sender', args);
    assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
    assert.equal((await server.wait(soonMs)).code, 0);
    const hashes = (await readFile(path, 'utf8')).trim().split('\n');
    assert.equal(hashes.length, 40);
    assert.equal(new Set(hashes).size, 40);
    const longestMs = Math.max(...readGapsMs(server.lines('stdout')));
    t.diagnostic(`the longest time between two frames of 95 ms: ${longestMs} ms`);
    assert.ok(longestMs < scaleMs(5000), `nothing for ${longestMs} ms`);
  });
}
