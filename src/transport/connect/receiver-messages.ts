import { MismatchError } from '../../delivery/mismatch-error.ts';
import type { UplinkListener } from '../../delivery/uplink.ts';
import { CodedError } from '../../errors.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { defaultFrameLimits } from '../../protocol/frame.ts';
import {
  type BadFrame,
  type Message,
  magic,
  maxControlBytes,
  type Ping,
  type Rejection,
} from '../../protocol/wire2/message.ts';
import { MessageDecoder } from '../../protocol/wire2/message-decoder.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { readClocks, readMonotonicUs } from '../../system/clock.ts';
import { adviseRejection } from './connect-advice.ts';
import { describeForeignProtocol, type Protocol, recognizeForeignProtocol } from './foreign-protocol.ts';
import type { OutgoingSocket } from './outgoing-socket.ts';
import type { ReceiverRecord } from './receiver-record.ts';

export interface ReceiverMessagesParts {
  readonly socket: OutgoingSocket;
  readonly receiver: ReceiverRecord;
  readonly listener: UplinkListener;
  /** WELC came. */
  greeted(): void;
}

/** Decodes the bytes of a receiver. No receiver sends frames, so that its messages are short. */
export function createReceiverDecoder(): MessageDecoder {
  return new MessageDecoder({ ...defaultFrameLimits, maxFrameBytes: maxControlBytes });
}

/** Reads what a receiver says over one connection, and does what it asks for. */
export class ReceiverMessages {
  readonly #parts: ReceiverMessagesParts;
  readonly #decoder = createReceiverDecoder();
  #isPongUnderWay = false;

  constructor(parts: ReceiverMessagesParts) {
    this.#parts = parts;
  }

  read(chunk: Uint8Array): void {
    const { receiver, socket } = this.#parts;
    if (receiver.negotiation.heard === 'nothing') {
      // However short it is: no receiver of ours begins otherwise.
      if (chunk[0] !== magic[0]) {
        this.#failForeign(recognizeForeignProtocol(chunk));
        return;
      }
      receiver.apply('heard ours');
    }
    try {
      for (const message of this.#decoder.decode(chunk)) {
        if (socket.failure === undefined) this.#take(message);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#failForeign(undefined);
    }
  }

  #failForeign(protocol: Protocol | undefined): void {
    const { receiver, socket } = this.#parts;
    const { address, options } = receiver;
    // Within TLS nothing speaks TLS.
    const known = protocol === 'TLS' && options.tls !== undefined ? undefined : protocol;
    receiver.apply('heard foreign');
    socket.fail(new MismatchError(`Cannot send to ${address}: ${describeForeignProtocol(known, address)}`));
  }

  /** @throws ProtocolError */
  #take(message: Message | BadFrame): void {
    if (this.#parts.receiver.options.wire === 'classic' && message.type !== 'FAIL') {
      throw new ProtocolError('BAD_MESSAGE', 'Nobody asked for wire 2');
    }
    switch (message.type) {
      case 'WELC':
        this.#parts.greeted();
        this.#parts.listener.welcomed(message.detector);
        this.#acknowledge(message.sequence, undefined);
        break;
      case 'ACKN':
        this.#acknowledge(message.sequence, message.latencyUs);
        break;
      case 'skip':
        this.#reject(message.sequence, message);
        break;
      case 'ping':
        this.#answer(message);
        break;
      case 'rslt':
        this.#parts.listener.detected({ ...message, stream: this.#parts.receiver.stream });
        break;
      case 'FAIL':
        this.#takeRejection(message);
        break;
      default:
        throw new ProtocolError('BAD_MESSAGE', `Cannot accept a message ${message.type} from a receiver`);
    }
  }

  #acknowledge(sequence: number, latencyUs: number | undefined): void {
    const { receiver, socket, listener } = this.#parts;
    const { pending } = listener.load;
    if (listener.acknowledgedUpTo(sequence, latencyUs)) {
      receiver.apply('acknowledged');
      receiver.search.clear(pending - listener.load.pending);
      return;
    }
    receiver.renewStream();
    socket.fail(`it acknowledges frame ${sequence}, which was never sent`);
  }

  #reject(sequence: number, { code, reason }: Pick<Rejection, 'code' | 'reason'>): void {
    const text = `The receiver rejected frame ${sequence} and accepts the next ones: ${reason} (${code})`;
    if (this.#parts.listener.rejected(sequence, new CodedError('REJECTED', text))) return;
    this.#parts.socket.fail(`it skips frame ${sequence}, which was never sent`);
  }

  #takeRejection(rejection: Rejection): void {
    const { receiver, socket, listener } = this.#parts;
    const { code, reason } = rejection;
    const { inFlight, oldestInFlight } = listener.load;
    if (code === 'NOT_ACCEPTED') receiver.rejectClassic();
    const isFound = receiver.search.reject(code, inFlight);
    if (isFound && oldestInFlight !== undefined) this.#reject(oldestInFlight.sequence, rejection);
    socket.fail(
      new CodedError(
        'REJECTED',
        `The receiver at ${receiver.address} rejected the connection: ${reason} (${code})${adviseRejection(rejection, receiver.place)}`,
      ),
    );
  }

  #answer({ sentUs }: Ping): void {
    const remoteReceivedUs = readMonotonicUs();
    // A receiver that pings and does not read gets no more than one answer.
    if (this.#isPongUnderWay) return;
    this.#isPongUnderWay = true;
    const { monotonicUs: remoteSentUs, wallUs: remoteWallUs } = readClocks();
    const times = { sentUs, remoteReceivedUs, remoteSentUs, remoteWallUs };
    this.#parts.socket.post(encodeMessage({ type: 'pong', ...times }), () => {
      this.#isPongUnderWay = false;
    });
  }
}
