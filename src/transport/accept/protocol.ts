import type { CodedError } from '../../errors.ts';
import type { Acknowledgement } from '../../protocol/wire2/message.ts';
import type { Wait } from '../../system/maybe-promise.ts';

/** A whole thing is accepted; wait for a promise before the next thing. `part`: a part of a thing, after which work may be put off. */
export type Step = Wait | 'part';

/** One thing after another is accepted. Throws ProtocolError. */
export type Steps = Generator<Step, void, undefined>;

/** Reads the bytes of a connection and replies, for one protocol. */
export interface Protocol {
  /** Whether a first frame, or what leads to one, has begun. */
  readonly hasStarted: boolean;
  /** Whether the other end has shown that it is a sender, and is accepted. */
  readonly isSender: boolean;
  /** Whether a frame has begun and not ended. */
  readonly isWithinFrame: boolean;
  /** Whether it may disconnect now, or send nothing, without a line in the log. */
  readonly isResting: boolean;
  /** Resolves when the frames that the sinks work on are acknowledged; undefined if there is none. */
  readonly inFlight: Promise<void> | undefined;
  /** Takes what came. */
  receive(chunk: Uint8Array): Steps;
  /** No more will come. `error`: as the connection broke. */
  finish(error?: CodedError): Steps;
  /** The last words, where the other end reads any. `error`: why the connection ends; undefined: all is well. */
  closingBytes(error: CodedError | undefined): Uint8Array | undefined;
  /** The connection is over. Frames that the sinks are writing still count. @throws ProtocolError if a frame that waited for a name is not accepted */
  end(): void;
}

/** The services that a protocol asks of its connection. */
export interface ProtocolLink {
  write(bytes: Uint8Array): void;
  /** The same for bytes that the other end can do without; false: it does not read, and they are dropped. */
  post(bytes: Uint8Array): boolean;
  /** Soon, and before the connection ends; a later one may take its place. */
  acknowledge(message: Acknowledgement): void;
  /** Whether TLS is under it. */
  readonly isEncrypted: boolean;
  /** A secret of its TLS session; undefined where there is none, or the runtime cannot tell it. */
  exportSession(): Uint8Array | undefined;
  /** No more will be written. */
  closeWriting(): void;
  end(error: CodedError | undefined): void;
}
