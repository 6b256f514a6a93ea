import { connect } from 'node:net';
import { CodedError } from '../protocol/errors.ts';
import { onAbort } from '../system/abort.ts';
import { describeBrokerError } from './broker-error.ts';

/** A server of a large cluster tells of all the others in it. */
const mostBytes = 64 * 1024;

/**
 * Waits for the first line of a NATS server, and hangs up.
 *
 * The library waits for it without an end, and goes on reading from whatever else may answer there.
 * @param server `host:port`
 * @throws CodedError CONNECT_FAILED
 */
export async function awaitGreeting(server: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(`nats://${server}`);
  const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) });
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no NATS server answers there within ${timeoutMs / 1000} s`));
  }, timeoutMs);
  const stopWatching = onAbort(signal, () => socket.destroy(new Error('stopped')));
  try {
    await readGreeting(socket);
  } catch (error) {
    throw new CodedError('CONNECT_FAILED', `Cannot connect to ${server}: ${describeBrokerError(error)}`);
  } finally {
    clearTimeout(timer);
    stopWatching();
    socket.destroy();
  }
}

async function readGreeting(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder('latin1');
  let text = '';
  for await (const chunk of chunks) {
    text += decoder.decode(chunk);
    const isBegun = text.slice(0, 5).toUpperCase() === 'INFO '.slice(0, text.length);
    if (!isBegun || text.length > mostBytes) throw new Error('what answers there is no NATS server');
    if (text.includes('\r\n')) return;
  }
  throw new Error('what answers there hung up without a word');
}
