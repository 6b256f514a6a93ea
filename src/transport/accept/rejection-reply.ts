import type { Socket } from 'node:net';
import type { ProtocolError } from '../../protocol/errors.ts';
import { encodeFailure } from '../../protocol/http/http-response.ts';
import { detectProtocol } from '../../protocol/protocol-detection.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { isHandshake } from './detect-tls.ts';
import type { LingeringClose } from './lingering-close.ts';

/** The most connections at once that get a reply, and how long it may take; a flood gets none. */
const maxAtOnce = 20;
const rejectionMs = 300;
/** A client that has not sent anything by then gets the reply in wire 2. */
const patienceMs = 150;

/** Tells connections that get no place why, in their own protocol. */
export class RejectionReply {
  readonly #lingeringClose: LingeringClose;
  #inFlight = 0;

  constructor(lingeringClose: LingeringClose) {
    this.#lingeringClose = lingeringClose;
  }

  /** @param hasTls whether the port takes TLS beside: within it there is no way to say anything yet */
  send(socket: Socket, error: ProtocolError, hasTls: boolean): void {
    if (this.#inFlight >= maxAtOnce) {
      socket.destroy();
      return;
    }
    this.#inFlight++;
    const hear = (bytes: Uint8Array) => {
      const isTls = hasTls && isHandshake(bytes);
      answer(isTls ? undefined : encodeRejection(error, detectProtocol(bytes) === 'http'));
    };
    const timer = setTimeout(() => answer(encodeRejection(error, false)), patienceMs);
    const answer = (reply: Uint8Array | undefined) => {
      clearTimeout(timer);
      socket.off('data', hear);
      this.#lingeringClose.close(socket, reply, rejectionMs);
    };
    socket.on('data', hear);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#inFlight--;
    });
  }
}

function encodeRejection(error: ProtocolError, isHttp: boolean): Uint8Array {
  if (isHttp) return encodeFailure(new Date(), error, undefined);
  return encodeMessage({ type: 'FAIL', code: error.code, reason: error.message });
}
