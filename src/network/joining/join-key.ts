import { Buffer } from 'node:buffer';
import { createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

/** The end that makes a proof. Each has its own, so that none can be sent back to its maker. */
export type JoinEnd = 'sender' | 'receiver';

/** A label for RFC 5705; both ends must have the same. */
const exporterLabel = 'EXPORTER-image-socket-join';
const sessionBytes = 32;
/**
 * The code has 75 bits of chance, so that the salt need not differ. Each key costs 16 MiB of memory.
 */
const salt = 'image-socket join';
const keyBytes = 32;
const costs = { N: 2 ** 14, r: 8, p: 1 };

/** @param code as `readJoinCode` gives it. @returns 32 bytes that prove the code */
export async function deriveJoinKey(code: string): Promise<Uint8Array> {
  // Not at the top: a start without joining need not load all of crypto.
  const stretch = promisify<string, string, number, typeof costs, Buffer>(scrypt);
  return stretch(code, salt, keyBytes, costs);
}

/**
 * A secret of this TLS session alone: a proxy that ends TLS has another one with each end.
 * @returns 32 bytes; undefined where the runtime cannot tell it, as Deno
 */
export function exportSession(socket: Pick<TLSSocket, 'exportKeyingMaterial'>): Uint8Array | undefined {
  // Deno has no such method.
  return (socket.exportKeyingMaterial as TLSSocket['exportKeyingMaterial'] | undefined)?.call(
    socket,
    sessionBytes,
    exporterLabel,
    Buffer.alloc(0),
  );
}

/** Shows to the other end of a TLS session that this end knows the key: 32 bytes. */
export function proveJoin(key: Uint8Array, end: JoinEnd, session: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(`${end} `).update(session).digest();
}

/** Whether the other end knows the key, and no one is between. @param proof 32 bytes */
export function isJoinProof(proof: Uint8Array, key: Uint8Array, end: JoinEnd, session: Uint8Array): boolean {
  return timingSafeEqual(proof, proveJoin(key, end, session));
}
