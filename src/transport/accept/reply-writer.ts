import type { Socket } from 'node:net';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Acknowledgement } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';

/** Replies that may wait for a sender to read them: as many as half a minute of frames brings. */
const maxUnreadBytes = 64 * 1024;
/** Replies that wait when one that can be dropped is: it would come late. */
const maxPostedBytes = 4 * 1024;

type ReplySocket = Pick<Socket, 'write' | 'writable' | 'writableLength'>;

/** Writes replies to a connection. A classic sender never reads: nothing may be written before a sender has shown that it does. */
export class ReplyWriter {
  readonly #socket: ReplySocket;
  readonly #onUnread: (error: ProtocolError) => void;
  /** Acknowledges all before it, too. */
  #newest: Acknowledgement | undefined;
  #hasWritten = false;
  #isUnread = false;
  #isOver = false;

  /** @param onUnread too much waits for the sender to read it */
  constructor(socket: ReplySocket, onUnread: (error: ProtocolError) => void) {
    this.#socket = socket;
    this.#onUnread = onUnread;
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver || !this.#socket.writable) return;
    this.#hasWritten = true;
    this.#socket.write(bytes);
    const unread = this.#socket.writableLength;
    if (unread <= maxUnreadBytes) return;
    this.#isUnread = true;
    const message = `Cannot answer a sender as at most ${maxUnreadBytes} bytes may wait for it to read: ${unread} do`;
    this.#onUnread(new ProtocolError('NOT_READING', message));
  }

  /** Writes bytes that the other end can do without; false: much waits for it to read, and they are dropped. */
  post(bytes: Uint8Array): boolean {
    if (this.#isOver || !this.#socket.writable || this.#socket.writableLength > maxPostedBytes) return false;
    this.write(bytes);
    return true;
  }

  /** Writes it when all that has come is handled, or a later one in its place: where frames come faster than they are read, one for many. */
  acknowledge(message: Acknowledgement): void {
    if (this.#newest === undefined) setImmediate(() => this.flush());
    this.#newest = message;
  }

  /** Writes the newest acknowledgement now. */
  flush(): void {
    const message = this.#newest;
    this.#newest = undefined;
    if (message !== undefined) this.write(encodeMessage(message));
  }

  /** Nothing is written any more. Returns whether anything was, and the sender has left too much of it unread. */
  stop(): 'silent' | 'read' | 'unread' {
    this.#isOver = true;
    if (this.#isUnread) return 'unread';
    return this.#hasWritten ? 'read' : 'silent';
  }
}
