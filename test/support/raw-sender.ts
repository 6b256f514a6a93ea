import { Buffer } from 'node:buffer';
import { defaultFrameLimits, type NumberedFrame } from '../../src/protocol/frame.ts';
import { MessageDecoder } from '../../src/protocol/wire2/message-decoder.ts';
import { encodeFrameHead, encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { RawClient } from './raw-client.ts';

/** A sender of *every* that sends all its frames over each connection, whatever was acknowledged before. */
export class RawSender {
  readonly #name: string;
  readonly #stream: string;
  readonly #frames: readonly NumberedFrame[];

  constructor(name: string, stream: string, frames: readonly NumberedFrame[]) {
    this.#name = name;
    this.#stream = stream;
    this.#frames = frames;
  }

  async send(port: number): Promise<RawClient> {
    const client = await RawClient.open(port);
    const token = new Uint8Array();
    const hello = {
      type: 'HELO',
      stream: this.#stream,
      keepAliveMs: 60_000,
      delivery: 'every',
      name: this.#name,
      token,
    };
    await client.send(encodeMessage(hello as Parameters<typeof encodeMessage>[0]));
    for (const frame of this.#frames) await client.send(Buffer.concat([encodeFrameHead(frame), frame.jpeg]));
    return client;
  }
}

/** The highest sequence that the receiver has acknowledged; 0: none. */
export function readAcknowledged({ received }: RawClient): number {
  const messages = [...new MessageDecoder(defaultFrameLimits).decode(received)];
  return messages.reduce((last, message) => (message.type === 'ACKN' ? Math.max(last, message.sequence) : last), 0);
}
