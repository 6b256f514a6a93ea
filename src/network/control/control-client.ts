import { connect, type Socket } from 'node:net';
import { maxLineBytes, readLine } from './line.ts';

/** As long as a receiver has for an answer, and a little more. */
const timeoutMs = 35_000;
/** Errors of a connect to a path where no program listens. */
const absences = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'];

/**
 * Asks the program that listens there.
 * @returns its answer, a value of JSON; undefined where no program listens
 * @throws Error where it does not answer, or where the user may not ask (EACCES)
 */
export async function askControl(path: string, request: unknown): Promise<unknown> {
  const socket = await connectControl(path);
  if (socket === undefined) return undefined;
  try {
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`it did not answer within ${timeoutMs / 1000} s`)));
    socket.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await readLine(socket, maxLineBytes));
  } finally {
    socket.destroy();
  }
}

/** Undefined where no program listens. @throws Error where that is not known, as with EACCES */
export function connectControl(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', fail);
      resolve(socket);
    });
    const fail = (error: NodeJS.ErrnoException) => {
      if (absences.includes(error.code ?? '')) resolve(undefined);
      else reject(error);
    };
    socket.once('error', fail);
  });
}
