import { Buffer } from 'node:buffer';
import { NewNameLimiter } from '../../../src/delivery/new-name-limiter.ts';
import type { CodedError } from '../../../src/errors.ts';
import { defaultFrameLimits, type FrameLimits } from '../../../src/protocol/frame.ts';
import { type ProtocolName, protocolNames } from '../../../src/protocol/protocol-access.ts';
import { ConnectionSenders } from '../../../src/transport/accept/connection-senders.ts';
import type { Protocol, ProtocolLink, Steps } from '../../../src/transport/accept/protocol.ts';
import { ProtocolDetector } from '../../../src/transport/accept/protocol-detector.ts';
import { SenderLimiter } from '../../../src/transport/accept/sender-limiter.ts';
import { TokenCheck } from '../../../src/transport/accept/token-check.ts';
import { TrialReceiver } from '../../support/frames.ts';

interface TrialOptions {
  readonly accept?: readonly ProtocolName[];
  readonly token?: string;
  readonly limits?: FrameLimits;
  readonly idleTimeoutMs?: number;
  /** How many senders may share the connection with the one that sends. */
  readonly others?: number;
  /** How many new names may come at once. */
  readonly names?: number;
}

/** A conversation from its first byte on, without a socket. */
export class TrialConversation {
  readonly receiver = new TrialReceiver();
  readonly senders: ConnectionSenders;
  protocol: Protocol;
  /** The answers, as text. */
  written = '';
  readonly ends: (CodedError | undefined)[] = [];

  constructor(trial: TrialOptions = {}) {
    const { accept = protocolNames, token, limits = defaultFrameLimits, idleTimeoutMs = 9000 } = trial;
    const { others = 10, names = 100 } = trial;
    const { streams, identities } = this.receiver;
    const check = token === undefined ? undefined : new TokenCheck(Buffer.from(token));
    const options = { ...limits, accept, token: check, streams, identities, idleTimeoutMs };
    const naming = new NewNameLimiter(names).of('127.0.0.1');
    const shared = { idleTimeoutMs, senderLimiter: new SenderLimiter(others, others).of('127.0.0.1'), naming };
    this.senders = new ConnectionSenders('127.0.0.1:1', shared, this.receiver);
    const link: ProtocolLink = {
      write: (bytes) => {
        this.written += Buffer.from(bytes).toString('latin1');
      },
      post: () => true,
      acknowledge: () => undefined,
      isEncrypted: false,
      exportSession: () => undefined,
      closeWriting: () => undefined,
      end: (error) => {
        this.ends.push(error);
      },
    };
    this.protocol = new ProtocolDetector(this.senders, options, link, (protocol) => {
      this.protocol = protocol;
    });
  }

  /** Rejects as the conversation throws. */
  async send(bytes: Uint8Array | string): Promise<void> {
    await run(this.protocol.receive(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes.slice()));
  }

  async finish(): Promise<void> {
    await run(this.protocol.finish());
  }

  /** The closing bytes, as text. */
  closingText(error?: CodedError): string | undefined {
    const words = this.protocol.closingBytes(error);
    return words === undefined ? undefined : Buffer.from(words).toString('latin1');
  }

  get sender() {
    return this.senders.current.connection;
  }
}

async function run(steps: Steps): Promise<void> {
  for (const waiting of steps) await waiting;
}
