import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const drainMs = 1_000;

/**
 * Waits until the kernel of the other end has every byte written to this loopback socket, as a reset drops what is
 * still on its way. Gives up after a second: the other end's buffer is full, and nobody reads.
 */
export async function drainSocket(socket: Socket): Promise<void> {
  const endMs = performance.now() + drainMs;
  while (!socket.destroyed && performance.now() < endMs && (await countUnacknowledged(socket)) > 0) {
    await setTimeout(2);
  }
}

/** A reset; while a FIN is still in flight the runtime can send none, and keeps the socket open for ever if it is asked to. */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

async function countUnacknowledged({ localPort, remotePort }: Socket): Promise<number> {
  if (localPort === undefined || remotePort === undefined) return 0;
  const [local, remote] = [localPort, remotePort].map((port) => port.toString(16).toUpperCase().padStart(4, '0'));
  // sl local_address rem_address st tx_queue:rx_queue ...
  const pattern = new RegExp(`: \\w+:${local} \\w+:${remote} \\w+ (\\w+):`);
  const [, queued = '0'] = (await readFile('/proc/net/tcp', 'latin1')).match(pattern) ?? [];
  return Number.parseInt(queued, 16);
}
