import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { createStreamId } from '../delivery/stream-id.ts';
import { CodedError } from '../errors.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { DetectorState } from '../protocol/wire2/message.ts';
import { encodeMessage } from '../protocol/wire2/message-encoder.ts';
import { onAbort } from '../system/abort.ts';
import type { ReceiverPlace } from '../transport/connect/connect-advice.ts';
import { type DialOptions, dial } from '../transport/connect/dial.ts';
import { type Protocol, recognizeForeignProtocol } from '../transport/connect/foreign-protocol.ts';
import { type FindReceivers, ReceiverFinder } from '../transport/connect/receiver-finder.ts';
import { createReceiverDecoder } from '../transport/connect/receiver-messages.ts';

/** The receiver to probe, and the options of a sender to it. */
export interface ReceiverChoice extends DialOptions {
  /** `classic`: the receiver is not asked which protocol it speaks. */
  readonly wire: 'auto' | 'classic' | '2';
  /** Empty: none. */
  readonly token: Uint8Array;
  /** Looks for the receiver where it is not at `host` any more; undefined: it is looked for nowhere else. */
  readonly find?: FindReceivers | undefined;
}

/** The answer of the receiver. */
export type ReceiverAnswer =
  /** It uses wire 2 and accepts the token. */
  | { readonly kind: 'welcome'; readonly roundTripMs: number; readonly detector?: DetectorState | undefined }
  /** It uses wire 2 and rejects. */
  | { readonly kind: 'rejection'; readonly code: string; readonly reason: string }
  /** It takes connections, and was not asked for more. */
  | { readonly kind: 'unasked' }
  | { readonly kind: 'silence' }
  /** It closed the connection without an answer. */
  | { readonly kind: 'closed' }
  /** It speaks another protocol. */
  | { readonly kind: 'unknown protocol'; readonly speaks: Protocol | undefined; readonly fingerprint?: string }
  | { readonly kind: 'unreachable'; readonly isTrusted: boolean; readonly reason: string };

/** An answer, and where it came from if that is not where it was asked for. */
export type ReceiverVisit = ReceiverAnswer & { readonly movedTo?: ReceiverPlace };

/**
 * The name of the probe in the log of the receiver. It is short: a Python server waits for 64
 * bytes, and fails at their content.
 */
const name = 'doctor';
const maxConnectMs = 4000;
const tlsTimeoutMs = 2000;
const answerTimeoutMs = 3000;
const farewellMs = 500;
/** The bytes of an answer that show its protocol. */
const headBytes = 16;

/**
 * Connects, introduces itself as a sender of wire 2 and leaves, without sending a picture; within
 * 10 s, or 14 s where it is looked for. Never throws.
 */
export async function probeReceiver(choice: ReceiverChoice, signal: AbortSignal): Promise<ReceiverVisit> {
  let socket: Socket;
  let place: ReceiverPlace;
  try {
    ({ socket, ...place } = await open(choice, signal));
  } catch (error) {
    const isTrusted = !isDistrust(error);
    return { kind: 'unreachable', isTrusted, reason: (error as Error).message };
  }
  const answer: ReceiverAnswer =
    choice.wire === 'classic' ? { kind: 'unasked' } : await introduce(socket, choice.token, signal);
  // A program of another protocol may never stop sending: it is not waited for.
  if (answer.kind === 'unknown protocol' || signal.aborted) socket.destroy();
  else await leave(socket);
  const mayBeTls = answer.kind === 'closed' || (answer.kind === 'unknown protocol' && answer.speaks === 'TLS');
  if (place.host !== choice.host || place.port !== choice.port) return { ...answer, movedTo: place };
  if (!mayBeTls || choice.tls !== undefined) return answer;
  const fingerprint = await readFingerprint(choice, signal);
  return fingerprint === undefined ? answer : { kind: 'unknown protocol', speaks: 'TLS', fingerprint };
}

/** Connects as a sender does. @throws CodedError */
async function open(choice: ReceiverChoice, signal: AbortSignal): Promise<ReceiverPlace & { readonly socket: Socket }> {
  const options = { ...choice, connectTimeoutMs: Math.min(choice.connectTimeoutMs, maxConnectMs) };
  const { host, port, find } = choice;
  if (find === undefined) return { socket: await dial(options, signal), host, port };
  // The report says where it was found.
  return new ReceiverFinder(find, { info: () => undefined, warn: () => undefined }).dial(options, signal);
}

/**
 * The fingerprint of a receiver that takes TLS and no plain connection; undefined where there is
 * none.
 */
async function readFingerprint(choice: ReceiverChoice, signal: AbortSignal): Promise<string | undefined> {
  // No certificate has an empty fingerprint, so that the handshake always fails.
  const options = { ...choice, connectTimeoutMs: tlsTimeoutMs, tls: { pin: '', ca: undefined } };
  try {
    (await dial(options, signal)).destroy();
    return undefined;
  } catch (error) {
    return isDistrust(error) ? /sha256:[0-9a-f]{64}/.exec((error as Error).message)?.[0] : undefined;
  }
}

function isDistrust(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'UNTRUSTED';
}

function introduce(socket: Socket, token: Uint8Array, signal: AbortSignal): Promise<ReceiverAnswer> {
  const who = { stream: createStreamId(name), name, delivery: 'latest', keepAliveMs: 0 } as const;
  const hello = encodeMessage({ type: 'HELO', ...who, token });
  const listener = new Listener();
  return new Promise((resolve) => {
    const finish = (answer: ReceiverAnswer) => {
      clearTimeout(timer);
      stopWatching();
      socket.off('data', hear);
      resolve(answer);
    };
    const hear = (chunk: Uint8Array) => {
      const answer = listener.hear(chunk);
      if (answer !== undefined) finish(answer);
    };
    const timer = setTimeout(() => finish(listener.atTimeout), answerTimeoutMs);
    const stopWatching = onAbort(signal, () => finish({ kind: 'silence' }));
    socket.on('error', () => finish(listener.atClose));
    socket.on('close', () => finish(listener.atClose));
    socket.on('end', () => finish(listener.atClose));
    socket.on('data', hear);
    socket.write(hello);
  });
}

/**
 * Reads the answer of the other end. Unlike a sender, it does not decide at the first byte that is
 * not ours: more bytes show which protocol it is.
 */
class Listener {
  readonly #startedMs = performance.now();
  readonly #decoder = createReceiverDecoder();
  #head = new Uint8Array();

  /** Takes bytes. Gives the answer, once it is clear. */
  hear(chunk: Uint8Array): ReceiverAnswer | undefined {
    if (this.#head.length < headBytes) this.#head = Buffer.concat([this.#head, chunk.subarray(0, headBytes)]);
    try {
      for (const message of this.#decoder.decode(chunk)) {
        if (message.type === 'WELC') {
          const { detector } = message;
          return { kind: 'welcome', roundTripMs: performance.now() - this.#startedMs, detector };
        }
        if (message.type === 'FAIL') return { kind: 'rejection', code: message.code, reason: message.reason };
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#unknownProtocol;
    }
  }

  get atTimeout(): ReceiverAnswer {
    return this.#head.length === 0 ? { kind: 'silence' } : this.#unknownProtocol;
  }

  get atClose(): ReceiverAnswer {
    return this.#head.length === 0 ? { kind: 'closed' } : this.#unknownProtocol;
  }

  get #unknownProtocol(): ReceiverAnswer {
    return { kind: 'unknown protocol', speaks: recognizeForeignProtocol(this.#head) };
  }
}

/**
 * Ends the connection, and reads the bytes that are still to come: to close with unread bytes would
 * be a reset, which the receiver would log.
 */
async function leave(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, farewellMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    socket.on('error', done);
    socket.on('close', done);
    if (socket.closed) done();
    socket.resume();
    socket.end();
  });
  socket.destroy();
}
