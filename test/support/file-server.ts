import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

/** How the server answers for a file. */
export type Answer = (response: ServerResponse, bytes: Uint8Array) => void;

export const answers = {
  whole: (response, bytes) => response.end(bytes),
  webPage: (response) => response.end('<!DOCTYPE html>\n<html><body>Please log in</body></html>\n'),
  /** Says how long it is, and ends half-way. */
  cutOff: (response, bytes) => {
    response.setHeader('content-length', bytes.length);
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  },
  /** As a proxy that ends early without a word. */
  short: (response, bytes) => response.end(bytes.subarray(0, bytes.length / 2)),
  unavailable: (response) => response.writeHead(403).end('no'),
} satisfies Record<string, Answer>;

/** A web server on the loopback for the files of a folder; others are not there (404). */
export async function serveFolder(
  folder: string,
  special: Readonly<Record<string, Answer>> = {},
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(async (request, response) => {
    const name = basename(request.url ?? '/');
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (bytes === undefined) response.writeHead(404).end('<html>not found</html>');
    else (special[name] ?? answers.whole)(response, bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
