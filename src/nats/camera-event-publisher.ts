import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { formatIso } from '../protocol/clock/iso-time.ts';
import type { StreamId } from '../protocol/wire2/message.ts';
import { readWallClockUs } from '../system/clock.ts';
import { LimitedLog } from '../system/limited-log.ts';
import type { Log } from '../system/log.ts';
import { parseCameraEvent } from './camera-event-message.ts';
import { eventsOf, framesOf } from './subjects.ts';

/** A camera whose frames are published here. */
export interface PublishedCamera {
  readonly key: string;
  /** The name that its sender gives itself. */
  readonly name: string | undefined;
  readonly stream: StreamId | undefined;
  /** `address:port`; undefined where the camera publishes by itself. */
  readonly address: string | undefined;
}

/** Further facts of the event. */
export type EventDetails = Readonly<Record<string, string | number | null>>;

/** The state of one subject that is published here. */
interface Known {
  /** Of events. */
  readonly subject: string;
  /** By their keys: one, unless two differ in what a subject cannot have. */
  readonly cameras: Map<string, PublishedCamera>;
  /** Who else claimed it, and was told of. */
  readonly rivals: Set<string>;
  /** To what others say of it. */
  subscription: Subscription | undefined;
}

/** Rivals of one camera that are remembered. */
const maxRivals = 10;
/** Cameras of which it is heard what others say. */
const maxHeard = 10_000;
/** Before what others say of a camera is answered. */
const pauseMs = 1000;
const advice = '--name at the senders tells them apart';

/** Tells of the cameras that are published here, and hears when somebody else publishes to the subject of one. */
export class CameraEventPublisher {
  readonly #publisher: string;
  readonly #log: LimitedLog;
  /** By their subjects of events. */
  readonly #known = new Map<string, Known>();
  /** Subjects of cameras that are to be told of again soon. */
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
    for (const known of this.#known.values()) {
      known.subscription = undefined;
      this.#listen(known);
      this.#tellAll(known);
    }
  }

  /** It came, or gives pictures again. */
  up(camera: PublishedCamera): void {
    const { key } = camera;
    const known = this.#know(eventsOf(key));
    const [other] = [...known.cameras.keys()].filter((one) => one !== key);
    if (other !== undefined && !known.cameras.has(key)) {
      const line = `the cameras ${other} and ${key} are both published as ${framesOf(key)}, and their pictures mix`;
      this.#log.warn('rival', `${line}: ${advice}`);
    }
    known.cameras.set(key, camera);
    this.#tell('up', camera);
  }

  /** It is gone. */
  down(camera: PublishedCamera, details: EventDetails): void {
    this.#tell('down', camera, details);
    const known = this.#known.get(eventsOf(camera.key));
    known?.cameras.delete(camera.key);
    if (known === undefined) return;
    if (known.cameras.size > 0) this.#contradict(known);
    else {
      known.subscription?.unsubscribe();
      this.#known.delete(known.subject);
    }
  }

  /** It is there and gives no pictures. */
  stall(camera: PublishedCamera, details: EventDetails): void {
    this.#tell('stall', camera, details);
  }

  /** The library throws where it is closed, which it is a little earlier than over. */
  get #open(): NatsConnection | undefined {
    return this.#connection?.isClosed() ? undefined : this.#connection;
  }

  #know(subject: string): Known {
    const found = this.#known.get(subject);
    if (found !== undefined) return found;
    const known: Known = { subject, cameras: new Map(), rivals: new Set(), subscription: undefined };
    this.#known.set(subject, known);
    this.#listen(known);
    return known;
  }

  /** To that subject alone: with all of them, each publisher would hear as much as all say. */
  #listen(known: Known): void {
    if (this.#known.size > maxHeard) return;
    known.subscription = this.#open?.subscribe(known.subject, {
      callback: (error, { data }) => {
        if (error === null) this.#hear(known, data);
      },
    });
  }

  #tellAll({ cameras }: Known): void {
    for (const camera of cameras.values()) this.#tell('up', camera);
  }

  #tell(event: string, { key, name, stream, address }: PublishedCamera, details: EventDetails = {}): void {
    const who = { camera: key, name: name ?? null, stream: stream ?? null, address: address ?? null };
    const news = { event, at: formatIso(readWallClockUs()), ...who, publisher: this.#publisher, ...details };
    this.#open?.publish(eventsOf(key), JSON.stringify(news));
  }

  #hear(known: Known, data: Uint8Array): void {
    const news = parseCameraEvent(data);
    if (news === undefined || news.publisher === this.#publisher) return;
    const isSame = [...known.cameras.values()].some(
      ({ stream }) => news.stream !== undefined && news.stream === stream,
    );
    // It was theirs before it came here: what they say now is not the last word.
    if (news.event === 'down') this.#contradict(known);
    else if (!isSame) this.#dispute(known, news.publisher);
  }

  /** Both frames go to one subject, and nobody who takes them can tell what is what. */
  #dispute(known: Known, rival: string): void {
    if (known.rivals.has(rival)) return;
    // Whoever makes up others is soon told of again, and fills nothing.
    if (known.rivals.size >= maxRivals) known.rivals.clear();
    known.rivals.add(rival);
    const keys = [...known.cameras.keys()].join(', ');
    this.#log.warn('rival', `${rival} publishes a camera ${keys} too, and their pictures mix: ${advice}`);
    // So that they hear of it, whoever came first.
    this.#contradict(known);
  }

  /** It is here; said now and then at most, as others may answer in their turn. */
  #contradict({ subject }: Known): void {
    if (this.#later.has(subject)) return;
    this.#later.add(subject);
    const timer = setTimeout(() => {
      this.#later.delete(subject);
      const known = this.#known.get(subject);
      if (known !== undefined) this.#tellAll(known);
    }, pauseMs);
    timer.unref();
  }
}
