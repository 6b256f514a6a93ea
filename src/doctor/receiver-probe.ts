import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { createStreamId } from '../delivery/stream-id.ts';
import { CodedError, ProtocolError } from '../protocol/errors.ts';
import { defaultFrameLimits } from '../protocol/frame.ts';
import { maxControlBytes } from '../protocol/wire2/message.ts';
import { MessageDecoder } from '../protocol/wire2/message-decoder.ts';
import { encodeMessage } from '../protocol/wire2/message-encoder.ts';
import { onAbort } from '../system/abort.ts';
import { type DialOptions, dial } from '../transport/connect/dial.ts';
import { type Protocol, recognizeForeignProtocol } from '../transport/connect/foreign-protocol.ts';

/** Which receiver, and how to talk to it: as a sender would. */
export interface ReceiverChoice extends DialOptions {
  /** `classic`: it is not asked what it speaks. */
  readonly wire: 'auto' | 'classic' | '2';
  /** Empty: none. */
  readonly token: Uint8Array;
}

/** What came of a visit. */
export type ReceiverAnswer =
  /** It speaks wire 2 and takes the token. */
  | { readonly kind: 'welcome'; readonly roundTripMs: number }
  /** It speaks wire 2 and says no. */
  | { readonly kind: 'refusal'; readonly code: string; readonly reason: string }
  /** It takes connections. */
  | { readonly kind: 'unasked' }
  | { readonly kind: 'silence' }
  /** It closed the connection without a word. */
  | { readonly kind: 'closed' }
  /** It speaks something else. */
  | { readonly kind: 'stranger'; readonly speaks: Protocol | undefined; readonly fingerprint?: string }
  | { readonly kind: 'unreachable'; readonly isTrusted: boolean; readonly reason: string };

/** What the receiver's log calls the visitor. Short: a Python server waits for 64 bytes, and fails at what is in them. */
const name = 'doctor';
const maxConnectMs = 4000;
const tlsTimeoutMs = 2000;
const answerTimeoutMs = 3000;
const farewellMs = 500;
/** As much of an answer as tells what protocol it is. */
const headBytes = 16;

/** Connects, introduces itself as a sender of wire 2 and leaves, without sending a picture; within 10 s. Never throws. */
export async function probeReceiver(choice: ReceiverChoice, signal: AbortSignal): Promise<ReceiverAnswer> {
  let socket: Socket;
  try {
    const connectTimeoutMs = Math.min(choice.connectTimeoutMs, maxConnectMs);
    socket = await dial({ ...choice, connectTimeoutMs }, signal);
  } catch (error) {
    const isTrusted = !isDistrust(error);
    return { kind: 'unreachable', isTrusted, reason: (error as Error).message };
  }
  const answer: ReceiverAnswer =
    choice.wire === 'classic' ? { kind: 'unasked' } : await introduce(socket, choice.token, signal);
  // Nobody owes manners to a program that may never stop talking.
  if (answer.kind === 'stranger' || signal.aborted) socket.destroy();
  else await leave(socket);
  const mayBeTls = answer.kind === 'closed' || (answer.kind === 'stranger' && answer.speaks === 'TLS');
  if (!mayBeTls || choice.tls !== undefined) return answer;
  const fingerprint = await readFingerprint(choice, signal);
  return fingerprint === undefined ? answer : { kind: 'stranger', speaks: 'TLS', fingerprint };
}

/** The fingerprint of what takes no plain connection and goes on with TLS, as image-receiver does; undefined of others. */
async function readFingerprint(choice: ReceiverChoice, signal: AbortSignal): Promise<string | undefined> {
  // No certificate has an empty fingerprint, so that this fails in any case.
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

/** Makes out what the other end says. */
class Listener {
  readonly #startedMs = performance.now();
  readonly #decoder = new MessageDecoder({ ...defaultFrameLimits, maxFrameBytes: maxControlBytes });
  #head = new Uint8Array();

  /** The answer, once it is clear. */
  hear(chunk: Uint8Array): ReceiverAnswer | undefined {
    if (this.#head.length < headBytes) this.#head = Buffer.concat([this.#head, chunk.subarray(0, headBytes)]);
    try {
      for (const message of this.#decoder.decode(chunk)) {
        if (message.type === 'WELC') return { kind: 'welcome', roundTripMs: performance.now() - this.#startedMs };
        if (message.type === 'FAIL') return { kind: 'refusal', code: message.code, reason: message.reason };
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#stranger;
    }
  }

  get atTimeout(): ReceiverAnswer {
    return this.#head.length === 0 ? { kind: 'silence' } : this.#stranger;
  }

  get atClose(): ReceiverAnswer {
    return this.#head.length === 0 ? { kind: 'closed' } : this.#stranger;
  }

  get #stranger(): ReceiverAnswer {
    return { kind: 'stranger', speaks: recognizeForeignProtocol(this.#head) };
  }
}

/** Says goodbye, and reads what is still on its way: to close with bytes unread would be a reset, which the receiver would log. */
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
