// Each program works with the other of one minor version before and of one minor version behind it.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { findAnswered, type Part, splitParts } from '../../scripts/interop/wire-parts.ts';
import { openKeptReceiver } from '../support/kept-receiver.ts';
import { fromText, type KeptWay, minorOf, readKept } from '../support/kept-wires.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { hashAll, hashSaved } from '../support/saved.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

const headBytes = 12;
/** An optional message that no version knows. */
const news = message('news', Buffer.from('of a later version'));
/** Messages that have a last field with an end, so that more can follow. */
const extensible = ['HELO', 'WELC', 'ACKN', 'ping', 'pong'];

/** The words of the other end when it is of another version. */
const changes: readonly (readonly [version: string, change: (part: Part) => readonly Uint8Array[]])[] = [
  ['that was recorded', ({ bytes }) => [bytes]],
  ['with more fields and messages', addLater],
  ['without the fields that a HELO may lack', ({ type, bytes }) => [type === 'HELO' ? cutHello(bytes) : bytes]],
];

function message(type: string, payload: Uint8Array): Buffer {
  const head = Buffer.from(`\xab\x49\x53\x02${type}....`, 'latin1');
  head.writeUInt32BE(payload.length, 8);
  return Buffer.concat([head, payload]);
}

function addLater({ type, bytes }: Part): Uint8Array[] {
  if (!extensible.includes(type)) return [bytes];
  const longer = message(type, Buffer.concat([bytes.subarray(headBytes), Buffer.from('later fields')]));
  return type === 'HELO' || type === 'WELC' ? [longer, news] : [longer];
}

/** Up to the token, with which the first HELO ended. */
function cutHello(bytes: Buffer): Buffer {
  const name = headBytes + 1 + (bytes[headBytes] ?? 0);
  const token = name + 6 + (bytes[name + 5] ?? 0);
  return message('HELO', bytes.subarray(headBytes, token + 2 + bytes.readUInt16BE(token)));
}

function changeAll(text: string, change: (part: Part) => readonly Uint8Array[]): Buffer {
  return Buffer.concat(splitParts(fromText(text)).flatMap(change));
}

async function makeSecrets(folder: string): Promise<void> {
  for (const name of ['token', 'other-token'])
    await writeFile(join(folder, name), `the secret of ${name}\n`, { mode: 0o600 });
}

const fill = (args: readonly string[], folder: string) => args.map((arg) => arg.replace(/^@/, `${folder}/`));

const kept = await readKept();
const minors = kept.map(({ version }) => minorOf(version));

test('the wires of this minor version and of the one before are kept', () => {
  const [major = 0, minor = 0] = packageJson.version.split('.').map(Number);
  const advice = 'record the new one with `node scripts/keep-wires.ts`';
  assert.ok(minors.includes(`${major}.${minor}`), advice);
  // The first version of all had none before it.
  if (minor > 1) assert.ok(minors.includes(`${major}.${minor - 1}`), advice);
});

for (const { version, ways } of kept) {
  for (const [name, way] of Object.entries(ways)) {
    describe(`version ${version}, ${name}`, { concurrency: true }, () => {
      for (const [what, change] of changes) {
        test(`the receiver takes all pictures of a sender ${what}`, () => receive(way, change));
        if (name === 'classic') continue;
        test(`the sender sends all pictures to a receiver ${what}`, () => send(way, change));
      }
    });
  }
}

async function receive(way: KeptWay, change: (part: Part) => readonly Uint8Array[]): Promise<void> {
  await using folder = await makeFolder();
  await makeSecrets(folder.path);
  const saved = join(folder.path, 'saved');
  const { receiver, port } = await startReceiver('node', [
    '--save',
    saved,
    '--quiet',
    ...fill(way.receiver, folder.path),
  ]);
  await using _receiver = receiver;
  for (const { up, down } of way.connections) {
    using client = await RawClient.open(port);
    await client.send(changeAll(up, change));
    client.end();
    await until(() => !client.isOpen, 'the receiver to close the connection');
    assert.equal(findAnswered(splitParts(client.received)), findAnswered(splitParts(fromText(down))));
  }
  assert.equal((await receiver.stop()).code, 0);
  assert.deepEqual(await hashSaved(saved), hashAll(way.arrived.map(fromText)));
}

async function send(way: KeptWay, change: (part: Part) => readonly Uint8Array[]): Promise<void> {
  await using folder = await makeFolder();
  await makeSecrets(folder.path);
  assert.equal(way.connections.length, 1);
  await using receiver = await openKeptReceiver(changeAll(way.connections[0]?.down ?? '', change));
  const args = ['pipe', '--port', `${receiver.port}`, '--name', 'interop', ...fill(way.sender, folder.path)];
  await using sender = startProgram('node', 'image-sender', args, { stdin: 'pipe' });
  for (const [index, picture] of way.pictures.entries()) {
    sender.input.write(fromText(picture));
    await until(() => receiver.answered() > index, `an answer for picture ${index + 1}`);
  }
  sender.input.end();
  assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
  assert.equal(receiver.connections(), 1);
}
