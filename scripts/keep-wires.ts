// Records what both programs of this tree say to each other, for the tests of later versions: see test/versions.

import './no-multicast.ts';
import { Buffer } from 'node:buffer';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { type KeptWay, type KeptWires, keptPath, minorOf } from '../test/support/kept-wires.ts';
import { builtFolder, requireBuilt, say } from './bench/support.ts';
import { runCommandLine } from './cli/run-command-line.ts';
import { exitOnSignals } from './cli/scratch.ts';
import { record } from './interop/record.ts';
import { smallWays } from './interop/small-ways.ts';
import { splitParts } from './interop/wire-parts.ts';

const usage = 'usage: node scripts/keep-wires.ts\n       records the wires of the packages in dist, of `npm run build`';

const headBytes = 12;

exitOnSignals();
await runCommandLine({
  name: 'keep-wires',
  usage,
  read: (args) => {
    if (args.length > 0) throw new Error(`Cannot use '${args[0]}': there is nothing to choose`);
  },
  run: keep,
});

async function keep(): Promise<number> {
  await requireBuilt();
  const ways: Record<string, KeptWay> = {};
  for (const way of smallWays) {
    const { connections, arrived } = await record(way, { sender: builtFolder, receiver: builtFolder });
    const sender = [...way.sender, ...(way.hasEvery ? ['--deliver', 'every'] : [])];
    const { receiver } = way;
    const pictures = way.pictures.map(toText);
    const lines = connections.map(({ up, down }) => ({ up: toText(hideMachine(up)), down: toText(down) }));
    ways[way.name] = { sender, receiver, pictures, arrived: arrived.map(toText), connections: lines };
    say(`  ${way.name}: ${way.pictures.length} pictures`);
  }
  const kept: KeptWires = { version: packageJson.version, ways };
  const path = keptPath(minorOf(packageJson.version));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(kept, undefined, 2)}\n`);
  say(`wrote ${path}`);
  return 0;
}

/** With other letters in place of the machine of each HELO: the recording is for all to see. */
function hideMachine(bytes: Uint8Array): Uint8Array {
  const parts = splitParts(bytes);
  for (const { bytes: hello } of parts.filter(({ type }) => type === 'HELO')) {
    const name = headBytes + 1 + (hello[headBytes] ?? 0);
    const token = name + 6 + (hello[name + 5] ?? 0);
    const machine = token + 2 + hello.readUInt16BE(token);
    hello.fill('m', machine + 1, machine + 1 + (hello[machine] ?? 0));
  }
  return Buffer.concat(parts.map((part) => part.bytes));
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
