import type { TLSSocket } from 'node:tls';
import { MismatchError } from '../../delivery/mismatch-error.ts';
import { CodedError } from '../../errors.ts';
import { formatAddress } from '../../network/address.ts';
import { exportSession, isJoinProof, proveJoin } from '../../network/joining/join-key.ts';
import { describeNetworkError } from '../../network/network-error.ts';
import { fingerprintOf } from '../../network/tls/fingerprint.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Message, SenderIdentity, Token } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { onAbort } from '../../system/abort.ts';
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
  const socket = (await dial({ ...place, tls }, signal).catch((error) => explain(error, where))) as TLSSocket;
  try {
    const session = exportSession(socket);
    const { raw } = socket.getPeerCertificate();
    if (session === undefined || raw === undefined) {
      throw new CodedError('CONNECT_FAILED', 'Cannot join under Deno, as it does not tell the secret of a TLS session');
    }
    socket.write(encodeMessage({ type: 'JOIN', proof: proveJoin(key, 'sender', session), identity }));
    const { proof, name, token } = await readAnswer(socket, where, signal);
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
async function readAnswer(socket: TLSSocket, where: string, signal: AbortSignal): Promise<Token> {
  const decoder = createReceiverDecoder();
  const late = new Error(`it did not answer within ${answerTimeoutMs / 1000} s`);
  const timer = setTimeout(() => socket.destroy(late), answerTimeoutMs);
  const stopWatching = onAbort(signal, () => socket.destroy(new Error('stopped')));
  try {
    for await (const chunk of socket as AsyncIterable<Uint8Array>) {
      for (const message of decoder.decode(chunk)) return checkAnswer(message, where);
    }
    throw new Error('it closed the connection without an answer');
  } catch (error) {
    if (error instanceof CodedError && !(error instanceof ProtocolError)) throw error;
    throw new CodedError('CONNECT_FAILED', `Cannot join the receiver at ${where}: ${describeNetworkError(error)}`);
  } finally {
    clearTimeout(timer);
    stopWatching();
  }
}

function checkAnswer(message: Message | { readonly type: 'bad frame' }, where: string): Token {
  if (message.type === 'TOKN') return message;
  if (message.type === 'FAIL') {
    const text = `The receiver at ${where} did not let this camera join: ${message.reason} (${message.code})`;
    throw new CodedError('REJECTED', text);
  }
  throw new CodedError('CONNECT_FAILED', `Cannot join the receiver at ${where} as it answers with ${message.type}`);
}

/** A receiver without an invitation takes no TLS. One without a place for the connection ends it before. */
function explain(error: unknown, where: string): never {
  if (!(error instanceof MismatchError)) throw error;
  const advice = 'Type image-receiver invite CAMERA there first';
  const reason = 'it takes no TLS: no invitation is open, or all of its places are taken (--max-senders)';
  throw new MismatchError(`Cannot join the receiver at ${where} as ${reason}. ${advice}`);
}
