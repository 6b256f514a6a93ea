import { randomInt } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

// Below what the kernel gives to outgoing connections: a client that dials a dead server's port would otherwise now and
// then reach itself, or hold the port when the server wants it back.
const [FIRST_PORT, LAST_PORT] = [20_000, 32_000];

/** A TCP port of 127.0.0.1 that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1);
  return port;
}

/** Different TCP ports of 127.0.0.1 that nobody listens on. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; attempt < 100 && ports.size < count; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) ports.add(port);
  }
  if (ports.size < count) throw new Error(`Cannot find ${count} free ports in ${FIRST_PORT}-${LAST_PORT}`);
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The TCP ports that a process listens on, in order. */
export async function listListeningPorts(pid: number): Promise<number[]> {
  const files = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')));
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(
    descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => 'gone meanwhile')),
  );
  const ports = files
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => {
      // Columns: slot, local address, remote address, state (0A: listening), and, as the tenth, the inode.
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      return state === '0A' && targets.includes(`socket:[${inode}]`)
        ? [Number.parseInt(local.split(':')[1] ?? '', 16)]
        : [];
    });
  return [...new Set(ports)].sort((a, b) => a - b);
}
