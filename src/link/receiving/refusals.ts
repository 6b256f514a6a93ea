import type { Socket } from 'node:net';
import type { ProtocolError } from '../../protocol/errors.ts';
import { recognize } from '../../protocol/first-bytes.ts';
import { encodeFailure } from '../../protocol/http-answer.ts';
import { encodeMessage } from '../../protocol/message-encoder.ts';
import type { Partings } from './partings.ts';

/** So many at once are told why, for so long; whoever floods gets silence. */
const mostAtOnce = 20;
const refusalMs = 300;
/** Who has not said anything by then is told in the words of wire 2. */
const patienceMs = 150;

/** Tells connections that get no place why, in the words that they understand. */
export class Refusals {
  readonly #partings: Partings;
  #underWay = 0;

  constructor(partings: Partings) {
    this.#partings = partings;
  }

  refuse(socket: Socket, error: ProtocolError): void {
    if (this.#underWay >= mostAtOnce) {
      socket.destroy();
      return;
    }
    this.#underWay++;
    const hear = (bytes: Uint8Array) => answer(recognize(bytes) === 'http');
    const timer = setTimeout(() => answer(false), patienceMs);
    const answer = (isHttp: boolean) => {
      clearTimeout(timer);
      socket.off('data', hear);
      this.#partings.part(socket, encodeRefusal(error, isHttp), refusalMs);
    };
    socket.on('data', hear);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#underWay--;
    });
  }
}

function encodeRefusal(error: ProtocolError, isHttp: boolean): Uint8Array {
  if (isHttp) return encodeFailure(new Date(), error, undefined);
  return encodeMessage({ type: 'FAIL', code: error.code, reason: error.message });
}
