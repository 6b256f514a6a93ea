import type { Socket } from 'node:net';
import { formatRemote, remoteHost } from '../../../network/address.ts';
import type { Client } from '../../../network/connection-limiter.ts';
import type { Task } from '../../../system/fair-task.ts';

/** A connection to the page's server, from its first moment on. */
export class HttpConnection implements Client {
  /** The client's address and port. */
  readonly remote: string;
  /** The client's address. */
  readonly address: string;
  readonly localPort: number;
  /** Its share of the program's time. */
  readonly task: Task;
  readonly #socket: Socket;
  readonly #onDrop: () => void;
  /** Whether a request of it is being answered. */
  isBusy = false;
  /** Whether that request is authorized. */
  isAuthorized = false;

  /** @param onDrop it had to make room for another */
  constructor(socket: Socket, task: Task, onDrop: () => void) {
    this.remote = formatRemote(socket);
    this.task = task;
    this.address = remoteHost(socket);
    this.localPort = socket.localPort ?? 0;
    this.#socket = socket;
    this.#onDrop = onDrop;
  }

  /**
   * For the limiter: it keeps its place while an authorized request is answered. A silent one, or
   * one without the password, makes room.
   */
  get keepsPlace(): boolean {
    return this.isAuthorized;
  }

  drop(): void {
    this.#onDrop();
    this.#socket.destroy();
  }

  close(): void {
    this.#socket.destroy();
  }
}
