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
  /** The subject of its events. */
  readonly subject: string;
  /** By their keys: one camera, unless the keys of two differ only in characters that a subject cannot have. */
  readonly cameras: Map<string, PublishedCamera>;
  /** Other publishers that claimed the subject, and that the log has named. */
  readonly rivals: Set<string>;
  /** Receives the events that others publish of it. */
  subscription: Subscription | undefined;
}

/** Rivals of one camera that are remembered. */
const maxRivals = 10;
/** The most cameras for which the events of others are received. */
const maxHeard = 10_000;
/** The wait before an event that others published is answered. */
const pauseMs = 1000;
const advice = '--name at the senders tells them apart';

/** Publishes the events of the cameras that are published here, and warns when somebody else publishes to the subject of one. */
export class CameraEventPublisher {
  readonly #publisher: string;
  readonly #log: LimitedLog;
  /** By their subjects of events. */
  readonly #known = new Map<string, Known>();
  /** Subjects of cameras whose event is published again soon. */
  readonly #later = new Set<string>();
  #connection: NatsConnection | undefined;

  /** @param publisher the name of this publisher in its events */
  constructor(publisher: string, log: Log) {
    this.#publisher = publisher;
    this.#log = new LimitedLog(log);
  }

  /** A connection is there: publishes the events of all cameras again, as subscribers may have missed some. */
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

  /** Subscribes to that subject alone: with all subjects, each publisher would get the events of all others. */
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
    // The camera was with the other publisher before it came here, so its `down` is out of date: correct it.
    if (news.event === 'down') this.#contradict(known);
    else if (!isSame) this.#dispute(known, news.publisher);
  }

  /** The frames of both go to one subject, and no subscriber can tell them apart. */
  #dispute(known: Known, rival: string): void {
    if (known.rivals.has(rival)) return;
    // Somebody who invents publishers must not fill the memory: the set starts again, and the log names old ones once more.
    if (known.rivals.size >= maxRivals) known.rivals.clear();
    known.rivals.add(rival);
    const keys = [...known.cameras.keys()].join(', ');
    this.#log.warn('rival', `${rival} publishes a camera ${keys} too, and their pictures mix: ${advice}`);
    // So the other publisher learns of it too, no matter which came first.
    this.#contradict(known);
  }

  /** Says that the camera is here: at most once per `pauseMs`, as others may answer in their turn. */
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
