import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from '../support/at-once.ts';
import { feed, numberedJpegs, startLite } from '../support/lite.ts';
import { readJsonLines, soonMs, startReceiver } from '../support/programs.ts';
import { Relay } from '../support/relay.ts';
import { hashAll, hashSaved } from '../support/saved.ts';
import { openOwn } from '../support/targets.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

const lastLine = (lines: readonly string[]): string => lines.at(-1) ?? '';

test('every picture of a pipe is saved once, unchanged, with its name and a latency', async () => {
  await using folder = await makeFolder();
  const { receiver, port } = await startReceiver('node', ['--save', folder.path, '--json']);
  await using _receiver = receiver;
  const jpegs = numberedJpegs(300, 5000);
  await using sender = await startLite(['pipe', '--port', `${port}`, '--name', 'garden', '--deliver', 'every']);
  const bytes = Buffer.concat(jpegs);
  for (let at = 0; at < bytes.length; at += 77_777) await feed(sender, bytes.subarray(at, at + 77_777));
  // The clocks are compared by then.
  await until(() => readJsonLines(receiver).length === jpegs.length, '300 frames', soonMs);
  await feed(sender, jpegs[0] as Uint8Array);
  sender.input.end();
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
  assert.match(lastLine(sender.lines('stderr')), /^image-sender-lite: sent 301 frames, 1\.5 MB in /);
  assert.equal((await receiver.stop()).code, 0);
  assert.deepEqual(await hashSaved(folder.path), hashAll([...jpegs, jpegs[0] as Uint8Array]));
  const frames = readJsonLines(receiver);
  assert.deepEqual(
    frames.map(({ name, sequence }) => [name, sequence]),
    frames.map((_, i) => ['garden', i + 1]),
  );
  const { latencyMs, latencyErrorMs } = frames.at(-1) ?? assert.fail();
  assert.ok(latencyErrorMs !== null && latencyMs >= -latencyErrorMs && latencyMs < soonMs, `${latencyMs}`);
});

test('a file on standard input is sent whole', async () => {
  await using receiver = await openOwn();
  await using folder = await makeFolder();
  const jpegs = numberedJpegs(150, 2000);
  const path = join(folder.path, 'jpegs');
  await writeFile(path, Buffer.concat(jpegs));
  await using file = await open(path);
  await using sender = await startLite(['pipe', '--port', `${receiver.port}`], { stdin: file.fd });
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
  assert.deepEqual(hashAll(receiver.taken.map(({ jpeg }) => jpeg)), hashAll(jpegs));
});

test('every picture arrives once though the connection breaks again and again', async () => {
  await using folder = await makeFolder();
  const { receiver, port } = await startReceiver('node', ['--save', folder.path, '--quiet']);
  await using _receiver = receiver;
  await using relay = await Relay.open(port);
  const jpegs = numberedJpegs(200, 20_000);
  const args = ['pipe', '--port', `${relay.port}`, '--name', 'garden', '--deliver', 'every'];
  await using sender = await startLite(args);
  for (const [i, jpeg] of jpegs.entries()) {
    await feed(sender, jpeg);
    if (i % 40 !== 39) continue;
    await until(async () => (await hashSaved(folder.path)).length > i - 30, 'pictures', soonMs);
    relay.cut();
  }
  sender.input.end();
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
  assert.match(lastLine(sender.lines('stderr')), /sent 200 frames/);
  assert.ok(relay.connections >= 5, `${relay.connections}`);
  assert.equal((await receiver.stop()).code, 0);
  assert.deepEqual(await hashSaved(folder.path), hashAll(jpegs));
});

test('the sender finds a receiver that was started again, and no picture is lost', async () => {
  await using folder = await makeFolder();
  const first = await startReceiver('node', ['--save', `${folder.path}/first`, '--quiet']);
  await using _first = first.receiver;
  const jpegs = numberedJpegs(60, 3000);
  const port = `${first.port}`;
  const args = ['pipe', '--port', port, '--name', 'garden', '--deliver', 'every', '--retries', '0'];
  await using sender = await startLite(args);
  await feed(sender, Buffer.concat(jpegs.slice(0, 30)));
  const savedBy = (name: string) => hashSaved(`${folder.path}/${name}`).catch(() => []);
  await until(async () => (await savedBy('first')).length === 30, 'pictures', soonMs);
  assert.equal((await first.receiver.stop()).code, 0);
  await feed(sender, Buffer.concat(jpegs.slice(30)));
  await sender.waitForLine('stderr', /nothing listens there .*next try in/, soonMs);
  const second = await startReceiver('node', ['--save', `${folder.path}/second`, '--quiet', '--port', port]);
  await using _second = second.receiver;
  sender.input.end();
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
  assert.equal((await second.receiver.stop()).code, 0);
  assert.deepEqual([...(await savedBy('first')), ...(await savedBy('second'))], hashAll(jpegs));
});

test('the newest picture comes first when the network was held up, and the sender counts those that it dropped', async () => {
  const { receiver, port } = await startReceiver('node', ['--json']);
  await using _receiver = receiver;
  await using relay = await Relay.open(port);
  const args = ['pipe', '--port', `${relay.port}`, '--idle-timeout', '1m', '--send-timeout', '1m'];
  await using sender = await startLite(args);
  const jpegs = numberedJpegs(200, 50_000);
  await feed(sender, jpegs[0] as Uint8Array);
  await until(() => readJsonLines(receiver).length === 1, 'the first picture', soonMs);
  relay.hold();
  for (const jpeg of jpegs.slice(1)) await feed(sender, jpeg);
  relay.release();
  sender.input.end();
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null }, sender.lines('stderr').join('\n'));
  await until(() => readJsonLines(receiver).at(-1)?.sequence === jpegs.length, 'the newest picture', soonMs);
  const sequences = readJsonLines(receiver).map(({ sequence }) => sequence);
  assert.deepEqual(
    sequences,
    sequences.toSorted((a, b) => a - b),
  );
  assert.ok(sequences.length < jpegs.length / 2, `${sequences.length}`);
  const [, sent, dropped] =
    /sent (\d+) frames?.*; (\d+) dropped, as newer ones were there/.exec(lastLine(sender.lines('stderr'))) ?? [];
  assert.deepEqual([Number(sent), Number(dropped)], [sequences.length, jpegs.length - sequences.length]);
});

test('torn pictures, bytes between them and one over --max-frame are skipped, counted, and the others arrive', async () => {
  await using receiver = await openOwn();
  const [first, second, third] = numberedJpegs(3, 4000) as [Uint8Array, Uint8Array, Uint8Array];
  const [large] = numberedJpegs(1, 30_000) as [Uint8Array];
  const noise = new Uint8Array(9000).fill(0x31);
  const args = ['pipe', '--port', `${receiver.port}`, '--deliver', 'every', '--max-frame', '20K'];
  await using sender = await startLite(args);
  sender.input.end(Buffer.concat([noise, first, first.subarray(0, 2000), second, large, noise, third]));
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
  assert.deepEqual(hashAll(receiver.taken.map(({ jpeg }) => jpeg)), hashAll([first, second, third]));
  const lines = sender.lines('stderr').join('\n');
  assert.match(lines, /skipped \d+ bytes of standard input: no JPEG begins in them \[NOT_JPEG\]/);
  assert.match(lines, /a JPEG is torn, and another begins \[TORN_FRAME\]; 2 pieces/);
  assert.match(lines, /sent 3 frames.*; skipped \d+ pieces of 5\d\.\d kB/);
});

test('the memory stays bounded in JPEGs without an end', async () => {
  await using receiver = await openOwn();
  const args = ['pipe', '--port', `${receiver.port}`, '--deliver', 'every', '--max-frame', '1M'];
  await using sender = await startLite(args);
  const [good, torn] = numberedJpegs(2, 4000) as [Uint8Array, Uint8Array];
  const endless = Buffer.concat([torn.subarray(0, 3000), new Uint8Array(8_000_000).fill(0x55)]);
  for (let i = 1; i <= 10; i++) {
    await feed(sender, endless);
    await feed(sender, good);
    await until(() => receiver.frames() === i, 'a good picture', soonMs);
  }
  const status = await readFile(`/proc/${sender.pid}/status`, 'utf8');
  const peakKb = Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]);
  assert.ok(peakKb < 60_000, `${peakKb} kB`);
});

for (const [what, bytes, reason] of [
  ['no picture', new Uint8Array(17_000_000).fill(0x55), /it gives no picture, which must come within 16777216 bytes/],
  ['H.264', Uint8Array.of(0, 0, 0, 1, 0x67, 0x64, 0, 0x28), /it gives H\.264, and JPEGs are needed/],
  [
    'half a picture',
    (numberedJpegs(1)[0] as Uint8Array).subarray(0, 50),
    /it ended after 50 bytes without a whole JPEG/,
  ],
  ['nothing', new Uint8Array(), /it ended after 0 bytes without a whole JPEG/],
] as const) {
  test(`the exit code is 3 when a pipe gives ${what}`, async () => {
    await using sender = await startLite(['pipe', '--port', '1']);
    sender.input.end(bytes);
    assert.deepEqual(await sender.wait(soonMs), { code: 3, signal: null });
    assert.match(lastLine(sender.lines('stderr')), reason);
    assert.match(lastLine(sender.lines('stderr')), / \[SOURCE_FAILED\]$/);
  });
}

test('a signal ends it with 0 after the frames in flight', async () => {
  await using receiver = await openOwn();
  await using sender = await startLite(['pipe', '--port', `${receiver.port}`]);
  await feed(sender, numberedJpegs(1)[0] as Uint8Array);
  await until(() => receiver.frames() === 1, 'a picture', soonMs);
  sender.signal('SIGTERM');
  assert.deepEqual(await sender.wait(soonMs), { code: 0, signal: null });
  assert.match(lastLine(sender.lines('stderr')), /sent 1 frame, /);
});
