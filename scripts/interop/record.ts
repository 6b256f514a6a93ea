import { Buffer } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Child, runChild } from '../../test/support/child.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { until } from '../../test/support/until.ts';
import { findOption, programFile, timeoutMs } from '../bench/support.ts';
import type { Way } from './ways.ts';
import { findAnswered, splitParts } from './wire-parts.ts';
import { Workplace } from './workplace.ts';

/** The bytes of one connection. */
export interface Connection {
  readonly up: Uint8Array;
  readonly down: Uint8Array;
}

export interface Recording {
  readonly connections: readonly Connection[];
  readonly arrived: readonly Uint8Array[];
}

/** Folders of the packages that send and that receive. */
export interface Ends {
  readonly sender: string;
  readonly receiver: string;
}

/** Sends each picture when the one before has arrived, so that the same goes over the wire in every run. */
export async function record(way: Way, ends: Ends): Promise<Recording> {
  using place = await Workplace.make();
  const { receiver, port } = await place.startReceiver(way.receiver, ends.receiver);
  await using _receiver = receiver;
  await using proxy = await FaultProxy.open(Number(port));
  const recorder = new Recorder(proxy);
  const trust = way.isEncrypted ? ['--tls-pin', await findPin(receiver)] : [];
  const deliver = await findOption(['image-sender', 'pipe'], ['deliver', 'send'], ends.sender);
  const args = [...place.fill(way.sender), ...trust, ...(way.hasEvery ? [deliver, 'every'] : [])];
  const { sender, input } = await startPipe(place, ends.sender, ['--port', `${proxy.port}`, ...args]);
  await using _sender = sender;
  try {
    for (const [index, jpeg] of way.pictures.entries()) {
      if (index === way.cutBefore) proxy.cut();
      await input.writeFile(jpeg);
      await awaitTaken(way, index + 1, place, recorder);
    }
  } finally {
    await input.close();
  }
  const { code } = await sender.wait(timeoutMs);
  if (code !== way.ending)
    throw new Error(`The sender ended with ${code}: ${sender.lines('stderr').slice(-3).join(' ')}`);
  await receiver.stop();
  return { connections: recorder.connections, arrived: await place.readArrived() };
}

async function awaitTaken(way: Way, count: number, place: Workplace, recorder: Recorder): Promise<void> {
  await place.awaitArrived(way.pictures.slice(0, count).filter((jpeg) => way.arriving.includes(jpeg)).length);
  if (!way.hasAnswers || way.isEncrypted) return;
  await until(() => recorder.answered >= count, `an answer for frame ${count}`);
}

/** A sender of the pictures that are written to `input`, for two minutes at most. @param packages folder of its program */
export async function startPipe(
  place: Workplace,
  packages: string,
  args: readonly string[],
): Promise<{ sender: Child; input: FileHandle }> {
  const fifo = join(place.folder, 'pipe');
  await runChild('mkfifo', [fifo], timeoutMs);
  const command = [programFile('image-sender', packages), 'pipe', '--name', 'interop', ...args];
  const sender = new Child('bash', ['-c', 'pipe=$1; shift; exec "$@" < "$pipe"', 'bash', fifo, ...command]);
  // Nothing else ends a write into the pipe of a sender that hangs.
  setTimeout(() => sender.signal('SIGKILL'), timeoutMs).unref();
  return { sender, input: await open(fifo, 'w') };
}

async function findPin(receiver: Child): Promise<string> {
  const find = () => /sha256:[0-9a-f]{64}/.exec(receiver.lines('stderr').join('\n'))?.[0];
  await until(() => find() !== undefined, 'the fingerprint to be printed');
  return find() ?? '';
}

/** Keeps what goes through a proxy, of one connection after another. */
export class Recorder {
  readonly #chunks: { readonly up: Uint8Array[]; readonly down: Uint8Array[] }[] = [];

  constructor(proxy: FaultProxy) {
    proxy.onBytes = (direction, chunk) => {
      const place = proxy.connections - 1;
      this.#chunks[place] ??= { up: [], down: [] };
      this.#chunks[place][direction].push(Uint8Array.from(chunk));
    };
  }

  get connections(): Connection[] {
    return this.#chunks.map(({ up, down }) => ({ up: Buffer.concat(up), down: Buffer.concat(down) }));
  }

  /** The highest sequence number that the receiver has answered for. */
  get answered(): number {
    return Math.max(0, ...this.connections.map(({ down }) => findAnswered(splitParts(down))));
  }
}

/** Sends what a sender has sent once more, to a receiver that knows nothing of it. @param packages folder of the receiver */
export async function replay(way: Way, recorded: readonly Connection[], packages: string): Promise<Recording> {
  using place = await Workplace.make();
  const { receiver, port } = await place.startReceiver(way.receiver, packages);
  await using _receiver = receiver;
  const connections: Connection[] = [];
  for (const { up } of recorded) {
    using client = await RawClient.open(Number(port));
    await client.send(up);
    client.end();
    await until(() => !client.isOpen, 'the receiver to close the connection');
    connections.push({ up, down: client.received });
  }
  await receiver.stop();
  return { connections, arrived: await place.readArrived() };
}
