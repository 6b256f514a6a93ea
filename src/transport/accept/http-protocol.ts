import type { FrameReceiver } from '../../delivery/frame-receiver.ts';
import { CodedError, formatError } from '../../errors.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import { HttpDecoder, type HttpEvent } from '../../protocol/http/http-decoder.ts';
import type { HttpRequest } from '../../protocol/http/http-request.ts';
import { continueResponse, encodeFailure, encodeSuccess } from '../../protocol/http/http-response.ts';
import { isExcess, JpegStreamDecoder } from '../../protocol/jpeg/jpeg-stream-decoder.ts';
import type { SkippedBytes } from '../../protocol/jpeg/skipped-bytes.ts';
import { checkProtocol, type ProtocolAccess } from '../../protocol/protocol-access.ts';
import { ChunkUse } from './chunk-use.ts';
import type { ConnectionSenders } from './connection-senders.ts';
import { checkRequest, describeNone } from './http-request-check.ts';
import type { Protocol, ProtocolLink, Step, Steps } from './protocol.ts';
import { receivePictures } from './receive-pictures.ts';

/** The most bytes of boundary and headers between two parts of multipart. */
const maxFramingBytes = 4096;
/** The rejected requests in a row before the connection ends: other cameras may share it. */
const maxRejected = 16;
const notTaken = new CodedError(
  'OUTPUT_FAILED',
  'Cannot accept the pictures as a disk or a program did not accept them in time, or the receiver ends: its log says which',
);

/**
 * An HTTP client that sends JPEGs by POST or PUT: one in a body, or any number, as multipart or
 * back to back.
 */
export class HttpProtocol implements Protocol {
  /** An answer is sent when its pictures are accepted: there is nothing to wait for besides. */
  readonly inFlight = undefined;
  readonly #options: FrameLimits & ProtocolAccess;
  readonly #senders: ConnectionSenders;
  readonly #link: Pick<ProtocolLink, 'write' | 'end'>;
  readonly #decoder = new HttpDecoder();
  #pictures: JpegStreamDecoder | undefined;
  /** The request whose body is being received. */
  #request: HttpRequest | undefined;
  #method: string | undefined;
  /** Counts of its sender before that request. */
  #framesBefore = 0;
  #skippedBefore = 0;
  /** Why the first picture of the request that is over a limit is not accepted. */
  #rejection: ProtocolError | undefined;
  /** Whether a picture was ever taken over this connection. */
  #hasTaken = false;
  /** Requests rejected since the last one that was not. */
  #rejected = 0;
  /** Whether there was a request that may send pictures. */
  #hasRequest = false;

  constructor(
    senders: ConnectionSenders,
    options: FrameLimits & ProtocolAccess,
    link: Pick<ProtocolLink, 'write' | 'end'>,
  ) {
    this.#senders = senders;
    this.#options = options;
    this.#link = link;
  }

  /** That of the sender of this request, or of the last one. */
  get #receiver(): FrameReceiver {
    return this.#senders.current;
  }

  get hasStarted(): boolean {
    return this.#hasRequest;
  }

  get isSender(): boolean {
    return this.#receiver.connection.frames > 0 && !this.isResting;
  }

  get isWithinFrame(): boolean {
    return this.#decoder.isWithinHead || (this.#pictures?.isWithinPicture ?? false);
  }

  /** Between two requests. */
  get isResting(): boolean {
    return this.#hasRequest && this.#request === undefined && !this.#decoder.isWithinHead;
  }

  *receive(chunk: Uint8Array): Steps {
    const use = new ChunkUse(chunk);
    for (const event of this.#decoder.decode(chunk)) yield* this.#takeEvent(event, use);
    use.end();
  }

  *finish(error?: CodedError): Steps {
    if (error !== undefined) return;
    const isTorn = this.#decoder.isWithinHead || typeof this.#request?.length === 'number';
    if (this.#request !== undefined) yield* receivePictures(this.#receiver, this.#readPictures().finish());
    if (isTorn) throw new ProtocolError('TORN_FRAME', 'The connection ended within an HTTP request');
    // A client that sends without an end may close the connection without the last chunk.
    this.#request = undefined;
  }

  closingBytes(error: CodedError | undefined): Uint8Array | undefined {
    const now = new Date();
    if (error !== undefined) return encodeFailure(now, error, this.#method);
    if (this.#request === undefined) return undefined;
    const isTaken = this.#decoder.hasWholeBody && !this.#receiver.isClosed;
    if (isTaken && this.#rejection !== undefined) return encodeFailure(now, this.#rejection, this.#method);
    return isTaken ? encodeSuccess(now, false) : encodeFailure(now, notTaken, this.#method);
  }

  end(): void {
    this.#receiver.close();
  }

  *#takeEvent(event: HttpEvent, use: ChunkUse): Steps {
    switch (event.type) {
      case 'request':
        this.#begin(event.request);
        yield;
        break;
      case 'body':
        yield* receivePictures(this.#receiver, use.watch(this.#readPictures().decode(event.bytes)));
        // A chunk may be one byte, so that a picture takes thousands of them.
        yield 'part';
        break;
      case 'end':
        yield* this.#finishRequest(event.bodyBytes);
    }
  }

  #begin(request: HttpRequest): void {
    this.#method = request.method;
    try {
      checkProtocol('http', this.#options);
      checkRequest(request);
    } catch (error) {
      // It is not the fault of the sender before it.
      this.#senders.switchToUnknown();
      throw error;
    }
    this.#request = request;
    this.#hasRequest = true;
    this.#senders.switchTo(request.name);
    const { connection } = this.#receiver;
    this.#framesBefore = connection.frames;
    this.#skippedBefore = connection.skipped;
    this.#rejection = undefined;
    // A client that says the length waits for the answer. One that does not is like a camera: it
    // sends without an end.
    connection.isEndless = typeof request.length !== 'number';
    connection.awaitsReply = !connection.isEndless;
    connection.delivery = connection.isEndless ? 'latest' : 'every';
    if (request.expectsContinue) this.#link.write(continueResponse);
  }

  *#finishRequest(bodyBytes: number): Steps {
    const torn = yield* this.#finishPictures();
    const { connection, isClosed } = this.#receiver;
    // `closingBytes` has the answer.
    if (isClosed) return this.#link.end(undefined);
    const hasFrames = connection.frames > this.#framesBefore;
    const rejection =
      torn ?? this.#rejection ?? (hasFrames ? undefined : describeNone(connection, this.#skippedBefore, bodyBytes));
    const keepsAlive = this.#request?.keepsAlive === true;
    this.#hasTaken ||= hasFrames;
    this.#rejected = rejection === undefined ? 0 : this.#rejected + 1;
    if (rejection !== undefined) {
      // Cameras that share the connection with a faulty one must not lose it. If there was no
      // picture yet, none of them is there.
      if (!keepsAlive || !this.#hasTaken || this.#rejected > maxRejected) throw rejection;
      if (connection.skipped === this.#skippedBefore) this.#receiver.skip(`a request: ${formatError(rejection)}`);
    }
    this.#request = undefined;
    this.#rejection = undefined;
    connection.isEndless = false;
    connection.awaitsReply = false;
    const now = new Date();
    this.#link.write(
      rejection === undefined ? encodeSuccess(now, keepsAlive) : encodeFailure(now, rejection, this.#method, true),
    );
    if (!keepsAlive) this.#link.end(undefined);
    yield;
  }

  /** Takes the last pictures of a body. Returns an error where the body ends within one. */
  *#finishPictures(): Generator<Step, ProtocolError | undefined, undefined> {
    try {
      yield* receivePictures(this.#receiver, this.#readPictures().finish());
      return undefined;
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'TORN_FRAME') return error;
      throw error;
    }
  }

  #readPictures(): JpegStreamDecoder {
    this.#pictures ??= new JpegStreamDecoder(this.#options, maxFramingBytes, (skipped) => this.#skip(skipped));
    return this.#pictures;
  }

  #skip(skipped: SkippedBytes): void {
    this.#receiver.skipBytes(skipped);
    if (isExcess(skipped)) {
      this.#rejection ??= new ProtocolError(skipped.code, `Cannot accept a picture as ${skipped.reason}`);
    }
  }
}
