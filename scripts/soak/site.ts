import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child } from '../../test/support/child.ts';
import type { FramedReader } from '../../test/support/framed-reader.ts';
import { mediaFile } from '../../test/support/media.ts';
import { NatsServer } from '../../test/support/nats-server.ts';
import { pictureFolder } from '../../test/support/plain-programs.ts';
import { findFreePorts } from '../../test/support/ports.ts';
import { type Runtime, soonMs, startProgram } from '../../test/support/programs.ts';
import { until } from '../../test/support/until.ts';
import { ReceivedPictures } from '../chaos/received-pictures.ts';
import { SavedPictures } from '../chaos/saved-pictures.ts';
import type { TrialReceiver } from '../chaos/trial-receiver.ts';
import { TrialSender } from '../chaos/trial-sender.ts';
import { type HubFolders, makeRestarted, makeSubscriber, startHub, startReader } from './receivers.ts';
import { RecordedPictures } from './recorded-pictures.ts';
import type { RunLog } from './run-log.ts';
import { Viewer } from './viewer.ts';

const intervalMs = 100;
const bytes = 8000;
/** Cameras with numbered pictures are those whose names begin so. */
const numbered = 'n-';

export interface SiteOptions {
  readonly runtime: Runtime;
  /** As `--segment`. */
  readonly segment: string;
  readonly log: RunLog;
}

/** Pictures as they come out of one sink. */
export interface PicturesByOutput {
  readonly saved: ReceivedPictures;
  readonly recorded: ReceivedPictures;
  readonly read: ReceivedPictures;
  readonly restarted: ReceivedPictures;
}

/**
 * All that a site may have: a NATS server, cameras of every kind, receivers with every sink, viewers. `await using` ends it and
 * removes its folder.
 */
export class Site implements AsyncDisposable {
  readonly #resources = new AsyncDisposableStack();
  readonly #folder: string;
  readonly #runtime: Runtime;
  readonly #log: RunLog;
  readonly senders = new Map<string, TrialSender>();
  /** Senders of other sources, by name. */
  readonly others = new Map<string, Child>();
  readonly viewers: Viewer[] = [];
  readonly received: PicturesByOutput;
  readonly #savedFolders = new Map<string, SavedPictures>();
  #recorded: RecordedPictures | undefined;
  #restartedPictures: SavedPictures | undefined;
  #parts: SiteParts | undefined;

  private constructor(folder: string, { runtime, log }: SiteOptions) {
    this.#folder = folder;
    this.#runtime = runtime;
    this.#log = log;
    this.#resources.defer(() => rm(folder, { recursive: true, force: true }));
    const lengthOf = (run: string) => (run.startsWith(numbered) ? bytes : undefined);
    const [saved, recorded, read, restarted] = Array.from({ length: 4 }, () => new ReceivedPictures(lengthOf));
    this.received = { saved, recorded, read, restarted } as PicturesByOutput;
  }

  /** Returns when everything runs. */
  static async open(options: SiteOptions): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'image-socket-soak-'));
    const site = new Site(folder, options);
    try {
      await site.#start(options);
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
    return site;
  }

  get parts(): SiteParts {
    if (this.#parts === undefined) throw new Error('Cannot use a site that has not started');
    return this.#parts;
  }

  /** Looks at the pictures that have come since the last time. @param isAll whether no file is being written */
  async look(isAll = false): Promise<void> {
    const { pictures } = this.parts.folders;
    for (const camera of (await readdir(pictures)).filter((name) => name.startsWith(numbered))) {
      const saved = this.#savedFolders.get(camera) ?? this.#watchFolder(join(pictures, camera), this.received.saved);
      this.#savedFolders.set(camera, saved);
      await saved.look();
    }
    await this.#recorded?.look(isAll);
    await this.#restartedPictures?.look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #start({ segment }: SiteOptions): Promise<void> {
    const [hubPort = 0, readerPort = 0, restartedPort = 0] = await findFreePorts(3);
    const nats = this.#resources.use(await NatsServer.start());
    const { hub, page, folders } = await startHub(this.#runtime, {
      ...{ port: hubPort, nats: nats.url, folder: this.#folder, segment, onMessage: this.#log.listenTo('hub') },
    });
    this.#resources.use(hub);
    const reader = this.#resources.use(startReader(this.#runtime, readerPort, this.received.read));
    const restartedFolder = join(this.#folder, 'restarted');
    await mkdir(restartedFolder);
    const restarted = this.#resources.use(
      makeRestarted(this.#runtime, restartedPort, restartedFolder, this.#log.listenTo('restarted')),
    );
    const subscribers = [1, 2].map((i) =>
      this.#resources.use(makeSubscriber(this.#runtime, nats.url, this.#log.listenTo(`subscriber ${i}`))),
    );
    this.#recorded = new RecordedPictures(folders.videos, this.received.recorded, (name) => name.startsWith(numbered));
    this.#restartedPictures = this.#watchFolder(restartedFolder, this.received.restarted);
    this.#parts = { nats, hub, page, folders, reader, restarted, subscribers };
    await Promise.all([restarted, ...subscribers].map((receiver) => receiver.start()));
    await this.#startCameras(hubPort, readerPort, restartedPort, nats.url);
    for (const name of ['every', 'latest']) this.viewers.push(new Viewer(`${page}/stream/${numbered}${name}`));
    await until(() => hub.arrivals(`${numbered}latest`).length > 0, 'a picture', soonMs);
    await until(() => hub.arrivals(`${numbered}every`).length > 0, 'a picture', soonMs);
    for (const viewer of this.viewers) viewer.start();
  }

  #watchFolder(folder: string, received: ReceivedPictures): SavedPictures {
    return new SavedPictures(folder, received, (id) => {
      return [...this.senders.values()].some(({ runs }) => runs.at(-1)?.id === id);
    });
  }

  async #startCameras(hub: number, reader: number, restarted: number, nats: string): Promise<void> {
    const every = ['--deliver', 'every', '--wire', '2', '--retries', '0'];
    await Promise.all([
      this.#addSender('every', ['--port', `${hub}`, ...every]),
      this.#addSender('latest', ['--port', `${hub}`, '--retries', '0']),
      this.#addSender('classic', ['--port', `${hub}`, '--wire', 'classic', '--retries', '0']),
      this.#addSender('nats', ['--publish', nats]),
      this.#addSender('reader', ['--port', `${reader}`, ...every]),
      this.#addSender('roaming', ['--port', `${restarted}`, ...every]),
      this.#addSender('guest-every', ['--port', `${hub}`, ...every]),
      this.#addSender('guest-latest', ['--port', `${hub}`, '--retries', '0']),
    ]);
    const other = (name: string, ...args: string[]) => {
      const all = [...args, '--name', name, '--port', `${hub}`, '--retries', '0', '--deliver', 'latest'];
      const options = { onLine: this.#log.listenTo(name) };
      this.others.set(name, this.#resources.use(startProgram(this.#runtime, 'image-sender', all, options)));
    };
    other('folder', 'folder', await pictureFolder('jpegs240'), '--fps', '10');
    // These two need the addon, which the sources have only after a build.
    if (this.#runtime !== 'packaged') return;
    other('pattern', 'pattern', '--fps', '10');
    other('video', 'video', await mediaFile('h264'), '--fps', '10');
  }

  async #addSender(name: string, args: readonly string[]): Promise<void> {
    const own = { name: `${numbered}${name}`, args, intervalMs, bytes };
    const sender = new TrialSender({ runtime: this.#runtime, ...own, onMessage: this.#log.listenTo(name) });
    this.senders.set(name, this.#resources.use(sender));
    await sender.start();
  }
}

export interface SiteParts {
  readonly nats: NatsServer;
  /** The receiver with nearly every sink. */
  readonly hub: TrialReceiver;
  /** Address of its page. */
  readonly page: string;
  readonly folders: HubFolders;
  /** The receiver that writes to standard output. */
  readonly reader: FramedReader;
  /** The receiver that is killed. */
  readonly restarted: TrialReceiver;
  /** Two receivers of the pictures on NATS: one stays, one is restarted. */
  readonly subscribers: readonly TrialReceiver[];
}
