import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Direction, type Faults, noFaults } from './fault-proxy-faults.ts';
import { type DirectionState, Pipe } from './fault-proxy-pipe.ts';
import { drainSocket, resetSocket } from './fault-proxy-socket.ts';

/** Two sockets and the pipes between them. */
interface Link {
  readonly sockets: readonly [client: Socket, server: Socket];
  readonly pipes: readonly [up: Pipe, down: Pipe];
}

/**
 * A bad network between a client and a server of this machine, over IPv4 loopback. Half-closes and resets pass
 * through, in order with the bytes. A client is always accepted, in a black hole too, and reset when the server then cannot
 * be reached.
 */
export class FaultProxy {
  /** Port dialled for each connection to come. */
  target: number;
  /** Connections accepted so far. */
  connections = 0;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #states: Readonly<Record<Direction, DirectionState>>;

  private constructor(targetPort: number, faults: Partial<Record<Direction, Partial<Faults>>>) {
    this.target = targetPort;
    const describe = (direction: Direction): DirectionState => {
      return { direction, faults: { ...noFaults, ...faults[direction] }, bytes: 0, cut: undefined, onBytes: undefined };
    };
    this.#states = { up: describe('up'), down: describe('down') };
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  static async open(targetPort: number, faults: Partial<Record<Direction, Partial<Faults>>> = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, faults);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections of which an end is still open. */
  get openConnections(): number {
    return this.#links.size;
  }

  /** Bytes forwarded so far, over all connections. */
  get bytes(): Readonly<Record<Direction, number>> {
    return { up: this.#states.up.bytes, down: this.#states.down.bytes };
  }

  /** Called with every piece that is forwarded, before it is. */
  set onBytes(listener: ((direction: Direction, chunk: Uint8Array) => void) | undefined) {
    for (const state of Object.values(this.#states)) state.onBytes = listener;
  }

  /** Changes the named faults at once, those of open connections too; the others stay. */
  set(direction: Direction | 'both', faults: Partial<Faults>): void {
    const states = direction === 'both' ? Object.values(this.#states) : [this.#states[direction]];
    for (const state of states) state.faults = { ...state.faults, ...faults };
    for (const link of this.#links) for (const pipe of link.pipes) pipe.apply();
  }

  /** Ends every connection now: RST to both sides, or FIN. Bytes that wait in the proxy are lost. */
  cut(how: 'reset' | 'close' = 'reset'): void {
    for (const link of this.#links) {
      for (const pipe of link.pipes) pipe.stop();
      for (const socket of link.sockets) {
        if (how === 'reset') resetSocket(socket);
        else socket.end();
      }
    }
  }

  /**
   * Forwards exactly this many more bytes of that direction, over all connections, then resets both sides of the
   * connection that carried the last one (0: as soon as there is a byte). Settles once it is cut, so perhaps never.
   * @throws Error while the last such cut of that direction is still to come
   */
  cutAfter(direction: Direction, bytes: number): Promise<void> {
    const state = this.#states[direction];
    if (state.cut !== undefined) {
      throw new Error(
        `Cannot plan a cut ${direction} while another is ${state.cut.bytes} bytes away: await that first`,
      );
    }
    return new Promise((done) => {
      state.cut = { bytes, done };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const link of this.#links) {
      for (const pipe of link.pipes) pipe.stop();
      for (const socket of link.sockets) socket.destroy();
    }
    await closed;
  }

  #accept(client: Socket): void {
    this.connections++;
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const cut = async (destination: Socket) => {
      await drainSocket(destination);
      for (const pipe of link.pipes) pipe.stop();
      for (const socket of link.sockets) resetSocket(socket);
    };
    const link: Link = {
      sockets: [client, server],
      pipes: [
        new Pipe(client, server, this.#states.up, () => cut(server)),
        new Pipe(server, client, this.#states.down, () => cut(client)),
      ],
    };
    this.#links.add(link);
    const forget = () => {
      if (!client.destroyed || !server.destroyed) return;
      for (const pipe of link.pipes) pipe.stop();
      this.#links.delete(link);
    };
    for (const socket of link.sockets) socket.once('close', forget);
  }
}
