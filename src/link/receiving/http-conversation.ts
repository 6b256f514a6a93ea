import { type CodedError, ProtocolError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { continueAnswer, encodeFailure, encodeSuccess } from '../../protocol/http-answer.ts';
import { HttpDecoder, type HttpEvent } from '../../protocol/http-decoder.ts';
import { HttpError, type HttpRequest } from '../../protocol/http-request.ts';
import { PlainDecoder } from '../../protocol/plain-decoder.ts';
import { type Acceptance, checkWay } from './acceptance.ts';
import type { Conversation, Steps } from './conversation.ts';
import type { Intake } from './intake.ts';
import type { Senders } from './senders.ts';
import type { SessionLink } from './session.ts';

/** Of boundaries and headers between two parts of multipart. */
const mostFramingBytes = 4096;
const stopped = new HttpError(503, 'Cannot take the rest of the request as the receiver ends');

/** With an HTTP client that sends JPEGs by POST or PUT: a picture, or any number of them, multipart or back to back. */
export class HttpConversation implements Conversation {
  readonly #options: FrameLimits & Acceptance;
  readonly #senders: Senders;
  readonly #link: Pick<SessionLink, 'write' | 'end'>;
  readonly #decoder = new HttpDecoder();
  #pictures: PlainDecoder | undefined;
  /** Whose body comes. */
  #request: HttpRequest | undefined;
  #method: string | undefined;
  /** Of its sender, before that request. */
  #framesBefore = 0;
  /** Whether a request that may be was there. */
  #hasRequest = false;

  constructor(senders: Senders, options: FrameLimits & Acceptance, link: Pick<SessionLink, 'write' | 'end'>) {
    this.#senders = senders;
    this.#options = options;
    this.#link = link;
  }

  /** Of whoever the request in hand is, or the last one was. */
  get #intake(): Intake {
    return this.#senders.current;
  }

  get hasBegun(): boolean {
    return this.#hasRequest;
  }

  get isSender(): boolean {
    return this.#intake.sender.frames > 0 && !this.isResting;
  }

  get isWithinFrame(): boolean {
    return this.#decoder.isWithinHead || (this.#pictures?.isWithinPicture ?? false);
  }

  /** Between two requests. */
  get isResting(): boolean {
    return this.#hasRequest && this.#request === undefined && !this.#decoder.isWithinHead;
  }

  *take(chunk: Uint8Array): Steps {
    for (const event of this.#decoder.decode(chunk)) yield* this.#takeEvent(event);
  }

  *finish(): Steps {
    const isTorn = this.#decoder.isWithinHead || typeof this.#request?.length === 'number';
    if (this.#request !== undefined) yield* this.#intake.takeAll(this.#readPictures().finish());
    if (isTorn) throw new ProtocolError('TORN_FRAME', 'The connection ended within an HTTP request');
    // What sends until it is stopped may well forget to say that it does.
    this.#request = undefined;
  }

  farewell(error: CodedError | undefined): Uint8Array | undefined {
    const now = new Date();
    if (error !== undefined) return encodeFailure(now, error, this.#method);
    if (this.#request === undefined) return undefined;
    const isTaken = this.#decoder.hasWholeBody && !this.#intake.isClosed;
    return isTaken ? encodeSuccess(now, false) : encodeFailure(now, stopped, this.#method);
  }

  end(): void {
    this.#intake.close();
  }

  *#takeEvent(event: HttpEvent): Steps {
    switch (event.type) {
      case 'request':
        this.#begin(event.request);
        yield;
        break;
      case 'body':
        yield* this.#intake.takeAll(this.#readPictures().decode(event.bytes));
        // A chunk may be one byte, and a picture come in thousands of them.
        yield 'part';
        break;
      case 'end':
        yield* this.#finishRequest(event.bodyBytes);
    }
  }

  #begin(request: HttpRequest): void {
    this.#method = request.method;
    try {
      checkWay('http', this.#options);
      checkRequest(request);
    } catch (error) {
      // Not the fault of whoever sent before.
      this.#senders.turnAway();
      throw error;
    }
    this.#request = request;
    this.#hasRequest = true;
    this.#senders.turnTo(request.name);
    const { sender } = this.#intake;
    this.#framesBefore = sender.frames;
    // Whoever says how much there is waits for the answer; what has no end is as a camera is.
    sender.isEndless = typeof request.length !== 'number';
    sender.delivery = sender.isEndless ? 'latest' : 'every';
    if (request.expectsContinue) this.#link.write(continueAnswer);
  }

  *#finishRequest(bodyBytes: number): Steps {
    yield* this.#intake.takeAll(this.#readPictures().finish());
    const { sender, isClosed } = this.#intake;
    // The answer is that of `farewell`.
    if (isClosed) return this.#link.end(undefined);
    if (sender.frames === this.#framesBefore) {
      throw new ProtocolError(
        'NOT_JPEG',
        `Cannot take an HTTP request as its body must hold a JPEG: it holds none in ${bodyBytes} bytes`,
      );
    }
    const keepsAlive = this.#request?.keepsAlive === true;
    this.#request = undefined;
    sender.isEndless = false;
    this.#link.write(encodeSuccess(new Date(), keepsAlive));
    if (!keepsAlive) this.#link.end(undefined);
    yield;
  }

  #readPictures(): PlainDecoder {
    this.#pictures ??= new PlainDecoder(this.#options, mostFramingBytes, () => this.#intake.sender.skipped++);
    return this.#pictures;
  }
}

/** @throws ProtocolError BAD_REQUEST, NOT_ACCEPTED */
function checkRequest({ method, length, isOfWebPage }: HttpRequest): void {
  if (method !== 'POST' && method !== 'PUT') {
    const advice =
      'this is image-receiver, which takes pictures by POST or PUT: curl -T picture.jpg http://HOST:PORT/NAME. A page to look at is where --web says';
    throw new HttpError(405, `Cannot take an HTTP request ${method.slice(0, 20)} as ${advice}`);
  }
  // Any page that someone looks at on this machine could send pictures here, past everything that keeps strangers out.
  if (isOfWebPage) {
    throw new ProtocolError('NOT_ACCEPTED', 'Cannot take an HTTP request that a browser makes for a web page (Origin)');
  }
  if (length === undefined) {
    throw new HttpError(
      411,
      'Cannot take an HTTP request as it must have a Content-Length or be chunked: it says neither',
    );
  }
}
