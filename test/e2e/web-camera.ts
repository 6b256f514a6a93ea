import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { readPictures } from '../support/plain-programs.ts';

/** Posts pictures over HTTP, one after the other on one connection, until it is stopped: cheap enough to have many of. */
export class PostingCamera implements Disposable {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;

  private constructor(socket: Socket, pictures: readonly Uint8Array[], intervalMs: number) {
    this.#socket = socket;
    let index = 0;
    this.#timer = setInterval(() => {
      if (socket.destroyed || socket.writableLength > 0) return;
      const jpeg = pictures[index++ % pictures.length] ?? new Uint8Array();
      socket.write(`${jpeg.length.toString(16)}\r\n`);
      socket.write(jpeg);
      socket.write('\r\n');
    }, intervalMs);
  }

  /** @param name the last part of an address */
  static async start(port: number, name: string, intervalMs = 100): Promise<PostingCamera> {
    const pictures = await readPictures();
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    socket.resume();
    await once(socket, 'connect');
    socket.write(`POST /${name} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`);
    return new PostingCamera(socket, pictures, intervalMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }
}
