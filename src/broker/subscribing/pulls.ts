import { createInbox, type Msg, type NatsConnection, nanos } from '@nats-io/transport-node';

/** A consumer of a stream, as the server knows it. */
export interface ConsumerPlace {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly consumer: string;
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
  /** A request is over before as many had come: that many did not. Undefined: nobody said how many. */
  end(id: number, missing: number | undefined): void;
  /** The consumer is not there any more, or takes no such requests. @param reason what the server says */
  lose(reason: string): void;
}

/** Asks a consumer for messages, and takes what comes. */
export class Pulls {
  readonly #place: ConsumerPlace;
  readonly #handler: PullHandler;
  readonly #inbox = createInbox();
  readonly #subscription: ReturnType<NatsConnection['subscribe']>;
  #requests = 0;

  constructor(place: ConsumerPlace, handler: PullHandler) {
    this.#place = place;
    this.#handler = handler;
    this.#subscription = place.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) this.#handler.lose(error.message);
        // Messages of the stream come under their own subject.
        else if (message.subject.startsWith(this.#inbox)) this.#hear(message);
        else this.#handler.take(message);
      },
    });
  }

  /** @returns the id of the request */
  pull({ batch, expiresMs }: PullRequest): number {
    const { connection, stream, consumer } = this.#place;
    const id = ++this.#requests;
    if (connection.isClosed()) return id;
    const request = expiresMs === undefined ? { batch, no_wait: true } : { batch, expires: nanos(expiresMs) };
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), {
      reply: `${this.#inbox}.${id}`,
    });
    return id;
  }

  /** Nothing comes any more. */
  close(): void {
    if (!this.#place.connection.isClosed()) this.#subscription.unsubscribe();
  }

  #hear({ subject, headers }: Msg): void {
    const { code = 0, description = '' } = headers ?? {};
    // 404: none is there; 408: the time is over; 100: wait.
    if (code === 404 || code === 408) {
      const missing = Number(headers?.get('Nats-Pending-Messages') || Number.NaN);
      const id = Number(subject.slice(this.#inbox.length + 1));
      this.#handler.end(id, Number.isSafeInteger(missing) ? missing : undefined);
    } else if (code !== 100) this.#handler.lose(`${code} ${description || 'no such consumer'}`);
  }
}
