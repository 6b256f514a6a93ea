import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';

/** A connection that sends what it is told to, good or bad. */
export class RawClient {
  readonly #socket: Socket;
  readonly closed: Promise<void>;
  /** The answer so far. */
  received = Buffer.alloc(0);
  /** The receiver's name for it. */
  readonly label: string;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.label = `127.0.0.1:${socket.localPort}`;
    // A receiver that drops the connection may well reset it.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Uint8Array) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  end(): void {
    this.#socket.end();
  }

  /** Goes without a goodbye. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
