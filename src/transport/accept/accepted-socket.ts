import type { Socket } from 'node:net';
import type { ConnectionHandler } from '../../frames/connection-handler.ts';
import type { ConnectionStats } from '../../frames/received-frame.ts';
import { formatRemote, remoteHost } from '../../network/address.ts';
import type { Client } from '../../network/connection-limiter.ts';
import type { ProtocolError } from '../../protocol/errors.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';

/** A connection that has a place, from its first moment on: where there is TLS, a `Connection` begins once that is up. */
export class AcceptedSocket implements Client {
  readonly label: string;
  readonly address: string;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #handler: ConnectionHandler;
  #connection: Connection | undefined;
  isDropped = false;

  constructor(socket: Socket, options: ConnectionOptions, handler: ConnectionHandler) {
    this.label = formatRemote(socket);
    this.address = remoteHost(socket);
    this.#socket = socket;
    this.#options = options;
    this.#handler = handler;
  }

  get keepsPlace(): boolean {
    return this.#connection?.hasHeader ?? false;
  }

  get finished(): Promise<void> | undefined {
    return this.#connection?.finished;
  }

  get isStarted(): boolean {
    return this.#connection !== undefined;
  }

  /** @param socket the connection itself, or TLS on top of it */
  start(socket: Socket): void {
    this.#connection = new Connection(socket, this.#options, this.#handler);
  }

  /** Ends it if it is meant; the sender gets the reason. */
  reject(error: ProtocolError, isMeant: (connection: ConnectionStats) => boolean): void {
    this.#connection?.reject(error, isMeant);
  }

  drop(error: ProtocolError): void {
    this.isDropped = true;
    if (this.#connection === undefined) this.#socket.destroy();
    else this.#connection.drop(error);
  }

  stop(): void {
    this.isDropped = true;
    if (this.#connection === undefined) this.#socket.destroy();
    else this.#connection.stop();
  }
}
