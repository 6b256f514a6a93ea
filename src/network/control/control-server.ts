import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { errorLine } from '../../system/error-line.ts';
import { makeFolders } from '../../system/folders.ts';
import { connectControl } from './control-client.ts';
import { maxLineBytes, readLine } from './line.ts';

/** Answers a request. Both are values of JSON. */
export type ControlHandler = (request: unknown) => Promise<unknown>;

const maxConnections = 8;
/** Milliseconds without a byte: until the request is there, and then until the answer is. A slow machine makes a key meanwhile. */
const defaultTimeoutsMs = { request: 5000, answer: 30_000 };

/**
 * A socket in the file system, with which commands of the same user talk to a program that runs:
 * one line of JSON asks, one answers.
 */
export class ControlServer {
  readonly #path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  readonly #timeoutsMs: typeof defaultTimeoutsMs;

  private constructor(path: string, handle: ControlHandler, timeoutsMs: typeof defaultTimeoutsMs) {
    this.#path = path;
    this.#timeoutsMs = timeoutsMs;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket, handle));
    this.#server.maxConnections = maxConnections;
  }

  /**
   * @param path in a folder of this user; 107 bytes at most, as the system demands
   * @throws Error of the system; with code EADDRINUSE where another program listens there
   */
  static async open(path: string, handle: ControlHandler, timeoutsMs = defaultTimeoutsMs): Promise<ControlServer> {
    await makeFolders(dirname(path), 0o700);
    if (await isListening(path)) throw Object.assign(new Error(`${path} is in use`), { code: 'EADDRINUSE' });
    // That of a program that was killed.
    await rm(path, { force: true });
    const control = new ControlServer(path, handle, timeoutsMs);
    await new Promise<void>((resolve, reject) => {
      control.#server.once('error', reject);
      control.#server.listen(path, resolve);
    });
    await chmod(path, 0o600);
    return control;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    // Deno leaves it.
    await rm(this.#path, { force: true });
  }

  async #serve(socket: Socket, handle: ControlHandler): Promise<void> {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const { request: requestMs, answer: answerMs } = this.#timeoutsMs;
    socket.setTimeout(requestMs, () => socket.destroy());
    try {
      const request = JSON.parse(await readLine(socket, maxLineBytes));
      socket.setTimeout(answerMs);
      const answer = await handle(request);
      socket.end(`${JSON.stringify(answer)}\n`);
    } catch (error) {
      socket.end(`${JSON.stringify({ error: errorLine(error) })}\n`);
    }
  }
}

async function isListening(path: string): Promise<boolean> {
  const socket = await connectControl(path);
  socket?.destroy();
  return socket !== undefined;
}
