import type { NatsConnection } from '@nats-io/transport-node';
import { formatIso } from '../protocol/iso-time.ts';
import type { StreamId } from '../protocol/message.ts';
import { readWallClockUs } from '../system/clock.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { parseNews } from './camera-news.ts';
import { allEvents, cameraOf, eventsOf } from './subjects.ts';

/** A camera whose frames are published here. */
export interface PublishedCamera {
  readonly key: string;
  /** What its sender calls itself. */
  readonly name: string | undefined;
  readonly stream: StreamId | undefined;
  /** `address:port`; undefined where the camera publishes by itself. */
  readonly sender: string | undefined;
}

/** What else is told of it. */
export type EventDetails = Readonly<Record<string, string | number | null>>;

interface Known extends PublishedCamera {
  /** Who else claimed it, and was told of. */
  readonly rivals: Set<string>;
}

/** Rivals of one camera that are remembered. */
const mostRivals = 10;
/** Before what others say of a camera is answered. */
const pauseMs = 1000;

/** Tells of the cameras that are published here, and hears when somebody else publishes one of the same key. */
export class CameraEvents {
  readonly #publisher: string;
  readonly #log: LimitedLog;
  readonly #cameras = new Map<string, Known>();
  /** Keys of cameras that are to be told of again soon. */
  readonly #later = new Set<string>();
  #connection: NatsConnection | undefined;

  /** @param publisher who tells */
  constructor(publisher: string, log: Log) {
    this.#publisher = publisher;
    this.#log = new LimitedLog(log);
  }

  /** A connection is there: whoever listens hears of all cameras again, as they may have missed what happened. */
  attach(connection: NatsConnection, over: AbortSignal): void {
    this.#connection = connection;
    over.addEventListener('abort', () => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    connection.subscribe(allEvents, {
      callback: (error, { subject, data }) => {
        if (error === null) this.#hear(cameraOf(subject), data);
      },
    });
    for (const camera of this.#cameras.values()) this.#tell('up', camera);
  }

  /** It came, or gives pictures again. */
  up(camera: PublishedCamera): void {
    const rivals = this.#cameras.get(camera.key)?.rivals ?? new Set();
    this.#cameras.set(camera.key, { ...camera, rivals });
    this.#tell('up', camera);
  }

  /** It is gone. */
  down(camera: PublishedCamera, details: EventDetails): void {
    this.#cameras.delete(camera.key);
    this.#tell('down', camera, details);
  }

  /** It is there and gives no pictures. */
  stall(camera: PublishedCamera, details: EventDetails): void {
    this.#tell('stall', camera, details);
  }

  #tell(event: string, { key, name, stream, sender }: PublishedCamera, details: EventDetails = {}): void {
    const who = { camera: key, name: name ?? null, stream: stream ?? null, sender: sender ?? null };
    const news = { event, at: formatIso(readWallClockUs()), ...who, publisher: this.#publisher, ...details };
    this.#connection?.publish(eventsOf(key), JSON.stringify(news));
  }

  #hear(key: string, data: Uint8Array): void {
    const known = this.#cameras.get(key);
    const news = known === undefined ? undefined : parseNews(data);
    if (known === undefined || news === undefined || news.publisher === this.#publisher) return;
    const isSame = news.stream !== undefined && news.stream === known.stream;
    // It was theirs before it came here: what they say now is not the last word.
    if (news.event === 'down') this.#contradict(known);
    else if (!isSame) this.#dispute(known, news.publisher);
  }

  /** Both frames go to one subject, and nobody who takes them can tell what is what. */
  #dispute(known: Known, rival: string): void {
    if (known.rivals.has(rival)) return;
    // Whoever makes up others is soon told of again, and fills nothing.
    if (known.rivals.size >= mostRivals) known.rivals.clear();
    known.rivals.add(rival);
    const advice = '--name at the senders tells them apart';
    this.#log.warn('rival', `${rival} publishes a camera ${known.key} too, and their pictures mix: ${advice}`);
    // So that they hear of it, whoever came first.
    this.#contradict(known);
  }

  /** It is here; said now and then at most, as others may answer in their turn. */
  #contradict({ key }: Known): void {
    if (this.#later.has(key)) return;
    this.#later.add(key);
    const timer = setTimeout(() => {
      this.#later.delete(key);
      const known = this.#cameras.get(key);
      if (known !== undefined) this.#tell('up', known);
    }, pauseMs);
    timer.unref();
  }
}
