import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { findFreePort } from './ports.ts';

/** Passes connections on to a port of the loopback, and cuts or holds them when the test says so. */
export class Relay implements AsyncDisposable {
  readonly #target: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => this.#pass(socket));
  #isHeld = false;
  /** Connections that were made. */
  connections = 0;

  private constructor(target: number) {
    this.#target = target;
  }

  static async open(target: number): Promise<Relay> {
    const relay = new Relay(target);
    // The kernel gives a port of its own choice to another test as soon as this relay is closed.
    relay.#server.listen(await findFreePort(), '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Breaks all connections; others may be made. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#pairs.clear();
  }

  /** Nothing passes, in either direction, and nothing is lost. */
  hold(): void {
    this.#isHeld = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  release(): void {
    this.#isHeld = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #pass(near: Socket): void {
    this.connections++;
    const far = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near]] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => this.#pairs.delete(pair));
      from.on('data', (chunk) => to.write(chunk));
      from.on('end', () => to.end());
      if (this.#isHeld) from.pause();
    }
  }
}
