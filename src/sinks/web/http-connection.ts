import type { Socket } from 'node:net';
import { formatRemote, remoteHost } from '../../network/address.ts';
import type { Client } from '../../network/connection-limiter.ts';
import type { Task } from '../../system/fair-scheduler.ts';

/** A connection to the page's server, from its first moment on. */
export class HttpConnection implements Client {
  /** Address and port. */
  readonly label: string;
  readonly address: string;
  /** Its share of the program's time. */
  readonly task: Task;
  readonly #socket: Socket;
  readonly #onDrop: () => void;
  /** Whether a request of it is being answered. */
  isBusy = false;
  /** Whether that is one of somebody who may ask. */
  isWelcome = false;

  /** @param onDrop it had to make room */
  constructor(socket: Socket, task: Task, onDrop: () => void) {
    this.label = formatRemote(socket);
    this.task = task;
    this.address = remoteHost(socket);
    this.#socket = socket;
    this.#onDrop = onDrop;
  }

  /** Those keep their place; who says nothing, or may not come in, makes room. */
  get hasHeader(): boolean {
    return this.isWelcome;
  }

  drop(): void {
    this.#onDrop();
    this.#socket.destroy();
  }

  close(): void {
    this.#socket.destroy();
  }
}
