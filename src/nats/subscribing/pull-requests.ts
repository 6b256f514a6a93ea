import { createInbox, errors, type Msg, type NatsConnection, nanos } from '@nats-io/transport-node';
import { readDigits } from '../../protocol/ascii.ts';

/** A consumer of a stream, as the server knows it. */
export interface ConsumerRef {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly consumer: string;
  /** Whether it was deleted, or another took its place; false where the server does not say so. */
  isGone(): Promise<boolean>;
}

/** How many messages are asked for, and until when. */
export interface PullRequest {
  readonly batch: number;
  /** Undefined: as many as are there now. */
  readonly expiresMs: number | undefined;
}

export interface PullHandler {
  /** A message of the stream. */
  take(message: Msg): void;
  /** A request is over before all its messages had come. @param missing how many did not; undefined: the server did not say */
  end(id: number, missing: number | undefined): void;
  /** The consumer was deleted, or takes no such requests, or none of this user. @param reason for a person */
  lose(reason: string): void;
}

const pullSubject = '$JS.API.CONSUMER.MSG.NEXT';
/** A request without an answer for this time is checked: a server does not answer a request to a consumer that does not exist. */
const doubtMs = 1000;

/** Asks a consumer for messages, and passes the messages on that come. */
export class PullRequests {
  readonly #place: ConsumerRef;
  readonly #handler: PullHandler;
  readonly #inbox = createInbox();
  /** Where requests go. */
  readonly #subject: string;
  readonly #subscription: ReturnType<NatsConnection['subscribe']>;
  #requests = 0;
  /** Whatever came. */
  #heard = 0;
  #doubt: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(place: ConsumerRef, handler: PullHandler) {
    this.#place = place;
    this.#handler = handler;
    this.#subject = `${pullSubject}.${place.stream}.${place.consumer}`;
    void this.#watchDenial();
    this.#subscription = place.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        this.#heard++;
        // At each consumer it is another.
        if (error !== null) this.#handler.lose(error.message.replaceAll(this.#inbox, '_INBOX'));
        // Messages of the stream come under their own subject.
        else if (message.subject.startsWith(this.#inbox)) this.#hear(message);
        else this.#handler.take(message);
      },
    });
  }

  /** @returns the id of the request */
  pull({ batch, expiresMs }: PullRequest): number {
    const { connection } = this.#place;
    const id = ++this.#requests;
    if (connection.isClosed()) return id;
    clearTimeout(this.#doubt);
    const heard = this.#heard;
    this.#doubt = setTimeout(() => void this.#check(heard), doubtMs);
    const request = expiresMs === undefined ? { batch, no_wait: true } : { batch, expires: nanos(expiresMs) };
    connection.publish(this.#subject, JSON.stringify(request), {
      reply: `${this.#inbox}.${id}`,
    });
    return id;
  }

  /** Nothing comes any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#doubt);
    if (!this.#place.connection.isClosed()) this.#subscription.unsubscribe();
  }

  /** @param heard messages that had come when the last request was made */
  async #check(heard: number): Promise<void> {
    const isUnheard = () => heard === this.#heard && !this.#isClosed;
    if (isUnheard() && (await this.#place.isGone()) && isUnheard()) this.#handler.lose('their consumer was deleted');
  }

  /** A server answers a request with nothing that this user may not make. */
  async #watchDenial(): Promise<void> {
    for await (const status of this.#place.connection.status()) {
      if (this.#isClosed) return;
      const error = status.type === 'error' ? status.error : undefined;
      if (!(error instanceof errors.PermissionViolationError) || error.subject !== this.#subject) continue;
      this.#handler.lose(
        `this user may not publish to ${pullSubject}.>: the NATS server has to allow it (permissions)`,
      );
    }
  }

  #hear({ subject, headers }: Msg): void {
    const { code = 0, description = '' } = headers ?? {};
    // 404: none is there; 408: the time is over; 100: wait.
    if (code === 404 || code === 408) {
      const missing = readDigits(headers?.get('Nats-Pending-Messages') ?? '');
      const id = readDigits(subject.slice(this.#inbox.length + 1));
      this.#handler.end(id, Number.isSafeInteger(missing) ? missing : undefined);
    } else if (code !== 100) this.#handler.lose(`${code} ${description || 'no such consumer'}`);
  }
}
