import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeTlsIdentity } from '../support/certificate.ts';
import { FakeRpicam } from '../support/fake-rpicam/fake-rpicam.ts';
import { mediaFile } from '../support/media.ts';
import {
  type ProgramOptions,
  type Runtime,
  readJsonLines,
  soonMs,
  startProgram,
  startReceiver,
} from '../support/programs.ts';
import { openClassicServer, otherServers } from '../support/targets.ts';
import { until } from '../support/until.ts';
import { readJpegs } from '../support/v4l2-shim/jpegs.ts';
import { buildShim, describeShim } from '../support/v4l2-shim/shim.ts';
import { sumOthers } from './faults-figures.ts';
import { makeFolder } from './suite.ts';

/** The peer that a sender meets. */
interface Peer extends AsyncDisposable {
  readonly port: number;
  /** The frames that it takes, by wire. */
  readonly takes: 'all' | 'classic' | 'nothing';
  /** Frames of the sender of that name that are there; where no name comes, all. */
  frames(name: string): number;
}

async function meet(
  open: () => Promise<{ port: number; frames(): number } & AsyncDisposable>,
  takes: Peer['takes'],
): Promise<Peer> {
  const target = await open();
  return {
    ...target,
    takes,
    frames: () => target.frames(),
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
}

async function meetOwn(runtime: Runtime, args: readonly string[], takes: Peer['takes']): Promise<Peer> {
  const { receiver, port } = await startReceiver(runtime, ['--json', ...args]);
  const frames = (name: string) => readJsonLines(receiver).filter((frame) => (frame.name ?? name) === name).length;
  const end = async () => {
    await receiver.stop();
  };
  return { port, takes, frames, [Symbol.asyncDispose]: end };
}

async function meetOwnWithTls(runtime: Runtime): Promise<Peer> {
  const identity = await makeTlsIdentity();
  const peer = await meetOwn(runtime, ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath], 'nothing');
  return {
    ...peer,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await identity[Symbol.asyncDispose]();
    },
  };
}

async function meetOwnWithToken(runtime: Runtime): Promise<Peer> {
  const folder = await makeFolder();
  const token = join(folder.path, 'token');
  await writeFile(token, 'a token for the tests\n', { mode: 0o600 });
  const peer = await meetOwn(runtime, ['--token-file', token], 'nothing');
  return {
    ...peer,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const peers = {
  'a classic server': () => meet(openClassicServer, 'classic'),
  'a classic server that is frozen for two seconds': () => meet(() => openClassicServer(2000), 'classic'),
  ours: (runtime: Runtime) => meetOwn(runtime, [], 'all'),
  'ours with TLS': meetOwnWithTls,
  'ours with a token': meetOwnWithToken,
  'an SSH port': () => meet(otherServers['an SSH port'], 'nothing'),
  'a web server': () => meet(otherServers['a web server'], 'nothing'),
  'a port that closes at once': () => meet(otherServers['a port that closes at once'], 'nothing'),
  'a port that never answers': () => meet(otherServers['a port that reads for ever'], 'nothing'),
  'a port that never reads': () => meet(otherServers['a port that never reads'], 'nothing'),
} satisfies Record<string, (runtime: Runtime) => Promise<Peer>>;

export type PeerName = keyof typeof peers;
export const peerNames = Object.keys(peers) as PeerName[];

/** A command line that gives so many pictures and then ends. */
interface Film {
  readonly args: readonly string[];
  readonly options?: ProgramOptions;
  readonly end?: () => Promise<void>;
}

/** @param folder an empty one */
type MakeFilm = (count: number, folder: string) => Promise<Film>;

const pipe: MakeFilm = async (count, folder) => {
  const film = join(folder, 'film.mjpeg');
  await writeJpegs(count, (_, jpeg) => writeFile(film, jpeg, { flag: 'a' }));
  return { args: ['pipe'], options: { before: ['bash', '-c', `exec "$0" "$@" < '${film}'`] } };
};

const sources = {
  folder: async (count, folder) => {
    await writeJpegs(count, (i, jpeg) => writeFile(join(folder, `${`${i}`.padStart(4, '0')}.jpg`), jpeg));
    return { args: ['folder', folder, '--once', '--interval', '0'] };
  },
  pipe,
  'pipe, every': async (count, folder) => {
    const film = await pipe(count, folder);
    return { ...film, args: [...film.args, '--deliver', 'every'] };
  },
  pattern: async (count) => ({ args: ['pattern', '--count', `${count}`, '--interval', '0'] }),
  // Again and again where it is too short.
  video: async (count) => ({
    args: [
      'video',
      await mediaFile('h264'),
      '--count',
      `${count}`,
      '--interval',
      '0',
      ...(count < 50 ? ['--once'] : []),
    ],
  }),
  camera: async (count) => ({
    args: ['camera', '--count', `${count}`, '--interval', '0'],
    options: { env: describeShim(await buildShim('x64'), { yuyv: ['640x480'] }) },
  }),
  rpicam: async (count) => {
    const fake = await FakeRpicam.withPlan({ jpegs: await mediaFile('jpegs'), runs: [{ pictures: 500, pauseMs: 5 }] });
    const args = ['rpicam', '--count', `${count}`, '--size', '640x480'];
    return { args, options: { env: { PATH: fake.folder } }, end: () => fake[Symbol.asyncDispose]() };
  },
} as const satisfies Record<string, MakeFilm>;

export type SourceName = keyof typeof sources;
export const sourceNames = Object.keys(sources) as SourceName[];

async function writeJpegs(count: number, write: (i: number, jpeg: Uint8Array) => Promise<void>): Promise<void> {
  const jpegs = await readJpegs(await mediaFile('jpegs'));
  for (let i = 0; i < count; i++) await write(i, jpegs[i % jpegs.length] as Uint8Array);
}

/** So that what fails does so soon. */
const impatient = ['--retries', '1', '--send-timeout', '5s'];

/** One part of the table: every of these sources with so many pictures, to every of these peers. */
export interface ArrivalPart {
  readonly sources: readonly SourceName[];
  readonly peers: readonly PeerName[];
  readonly counts: readonly number[];
  readonly wire?: 'classic' | '2';
}

/** Exit code, what is told, and what is there agree. */
export function defineArrival(runtime: Runtime, part: ArrivalPart): void {
  for (const peerName of part.peers) {
    describe(`arrival at ${peerName}, ${runtime}, ${part.wire ?? 'auto'}`, { concurrency: 3 }, () => {
      // One for all where names tell whose the frames are.
      const isShared = peerName.startsWith('ours') && part.wire !== 'classic';
      let shared: Peer | undefined;
      before(async () => {
        if (isShared) shared = await peers[peerName](runtime);
      });
      after(() => shared?.[Symbol.asyncDispose]());
      for (const source of part.sources) {
        for (const count of part.counts) {
          test(`${count} of ${source} are told and there, or it fails`, async () => {
            await using own = isShared ? undefined : await peers[peerName](runtime);
            await checkArrival(runtime, (shared ?? own) as Peer, { source, count, wire: part.wire });
          });
        }
      }
    });
  }
}

interface Cell {
  readonly source: SourceName;
  readonly count: number;
  readonly wire: ArrivalPart['wire'];
}

async function checkArrival(runtime: Runtime, peer: Peer, { source, count, wire }: Cell): Promise<void> {
  await using folder = await makeFolder();
  const { args, options, end } = (await sources[source](count, folder.path)) as Film;
  const name = `garden-left-camera-${source.replaceAll(/\W+/g, '-')}-${count}`;
  const wired = wire === undefined ? [] : ['--wire', wire];
  if (wire !== 'classic') wired.push('--idle-timeout', '5s');
  const all = [...args, '--name', name, '--port', `${peer.port}`, ...impatient, ...wired];
  await using sender = startProgram(runtime, 'image-sender', all, options);
  const { code } = await sender.wait(2 * soonMs);
  await end?.();
  const said = sender.lines('stderr').join('\n');
  const told = Number(/: sent (\d+) frames?/.exec(said)?.[1] ?? 0);
  const isTaken = wire === undefined ? peer.takes !== 'nothing' : peer.takes === 'all' || peer.takes === wire;
  assert.equal(code, isTaken ? 0 : 4, said);
  await until(() => peer.frames(name) === told, `${told} told, ${peer.frames(name)} there: ${said}`, 5000);
  if (!isTaken) {
    assert.equal(told, 0, said);
    assert.match(said, /\[(CONNECT_FAILED|REJECTED|NOT_DELIVERED)\]$/);
    return;
  }
  // Where frames are counted, others take the place of those that are dropped.
  const dropped = args.includes('--count') ? 0 : sumOthers(said);
  assert.equal(told + dropped, count, said);
  const isUnanswered = peer.takes === 'classic' || wire === 'classic';
  assert.equal(/nothing was answered/.test(said), isUnanswered, said);
}
