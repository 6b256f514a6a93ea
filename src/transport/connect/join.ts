import type { TLSSocket } from 'node:tls';
import { MismatchError } from '../../delivery/mismatch-error.ts';
import { CodedError } from '../../errors.ts';
import { formatAddress } from '../../network/address.ts';
import { exportSession, isJoinProof, proveJoin } from '../../network/joining/join-key.ts';
import { describeNetworkError } from '../../network/network-error.ts';
import { fingerprintOf } from '../../network/tls/fingerprint.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { readJoinRefusal } from '../../protocol/join/join-refusal.ts';
import type { Message, SenderIdentity, Token } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { onAbort } from '../../system/abort.ts';
import { adviseConnect, adviseDoctor } from './connect-advice.ts';
import { dial } from './dial.ts';
import { createReceiverDecoder } from './receiver-messages.ts';

export interface JoinPlace {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
}

/** All that a sender keeps of the receiver that it joined. */
export interface JoinedReceiver {
  readonly host: string;
  readonly port: number;
  /** As `fingerprintOf` gives it. */
  readonly pin: string;
  /** ASCII. */
  readonly token: string;
  /** Of this camera at the receiver. */
  readonly name: string;
}

const answerTimeoutMs = 10_000;

/**
 * Asks a receiver for a token. The key of the code is proven over this TLS session by both ends.
 * @param key from `deriveJoinKey`
 * @throws CodedError CONNECT_FAILED, REJECTED, or UNTRUSTED where the receiver does not know the code
 */
export async function joinReceiver(
  place: JoinPlace,
  { key, identity }: { readonly key: Uint8Array; readonly identity: SenderIdentity | undefined },
  signal: AbortSignal,
): Promise<JoinedReceiver> {
  const { host, port } = place;
  const where = formatAddress(host, port);
  const tls = { pin: undefined, ca: undefined, isProvenLater: true };
  const socket = (await dial({ ...place, tls }, signal).catch((error) => explain(error, place, signal))) as TLSSocket;
  try {
    const session = exportSession(socket);
    const { raw } = socket.getPeerCertificate();
    if (session === undefined || raw === undefined) {
      throw new CodedError('CONNECT_FAILED', 'Cannot join under Deno, as it does not tell the secret of a TLS session');
    }
    socket.write(encodeMessage({ type: 'JOIN', proof: proveJoin(key, 'sender', session), identity }));
    const { proof, name, token } = await readAnswer(socket, place, signal);
    if (!isJoinProof(proof, key, 'receiver', session)) {
      const reason = 'it does not know the code, or a proxy ends TLS between the two';
      throw new CodedError('UNTRUSTED', `Cannot join the receiver at ${where} as ${reason}`);
    }
    return { host, port, pin: fingerprintOf(raw), token: new TextDecoder().decode(token), name };
  } finally {
    socket.destroy();
  }
}

/** @throws CodedError */
async function readAnswer(socket: TLSSocket, place: JoinPlace, signal: AbortSignal): Promise<Token> {
  const decoder = createReceiverDecoder();
  const late = new Error(`it did not answer within ${answerTimeoutMs / 1000} s`);
  const timer = setTimeout(() => socket.destroy(late), answerTimeoutMs);
  const stopWatching = onAbort(signal, () => socket.destroy(new Error('stopped')));
  try {
    for await (const chunk of socket as AsyncIterable<Uint8Array>) {
      for (const message of decoder.decode(chunk)) return checkAnswer(message, place);
    }
    throw new Error('it closed the connection without an answer');
  } catch (error) {
    if (error instanceof CodedError && !(error instanceof ProtocolError)) throw error;
    throw describeNoAnswer(`: ${describeNetworkError(error)}`, place);
  } finally {
    clearTimeout(timer);
    stopWatching();
  }
}

function describeNoAnswer(reason: string, place: JoinPlace): CodedError {
  const what = `Cannot join the receiver at ${formatAddress(place.host, place.port)}${reason}`;
  return new CodedError('CONNECT_FAILED', `${what}. ${adviseDoctor(place)}`);
}

function checkAnswer(message: Message | { readonly type: 'bad frame' }, place: JoinPlace): Token {
  if (message.type === 'TOKN') return message;
  if (message.type === 'FAIL') {
    const what = `The receiver at ${formatAddress(place.host, place.port)} did not let this camera join`;
    throw new CodedError('REJECTED', `${what}: ${readJoinRefusal(message.reason)} (${message.code})`);
  }
  throw describeNoAnswer(` as it answers with ${message.type}`, place);
}

/** A receiver without an invitation takes no TLS. One without a place for the connection ends it before. */
function explain(error: unknown, place: JoinPlace, signal: AbortSignal): never {
  if (!(error instanceof MismatchError)) {
    if (!(error instanceof CodedError) || error.code !== 'CONNECT_FAILED' || signal.aborted) throw error;
    throw new CodedError(error.code, `${error.message}. ${adviseConnect(error, place)}`, { cause: error.cause });
  }
  const advice = 'Type image-receiver invite CAMERA there first';
  const reason = 'it takes no TLS: no invitation is open, or all of its places are taken (--max-senders)';
  throw new MismatchError(
    `Cannot join the receiver at ${formatAddress(place.host, place.port)} as ${reason}. ${advice}`,
  );
}
