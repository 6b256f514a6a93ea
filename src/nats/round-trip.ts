import { errors, type NatsConnection } from '@nats-io/transport-node';
import { onAbort } from '../system/abort.ts';

/**
 * Milliseconds there and back.
 * @param over the connection is gone: the library itself would wait for the answer without an end
 * @throws ClosedConnectionError of the library, when it is
 */
export async function measureRoundTrip(connection: NatsConnection, over: AbortSignal): Promise<number> {
  const gone = Promise.withResolvers<never>();
  const stopWatching = onAbort(over, () => gone.reject(new errors.ClosedConnectionError()));
  const askedMs = performance.now();
  try {
    await Promise.race([connection.flush(), gone.promise]);
    return performance.now() - askedMs;
  } finally {
    stopWatching();
  }
}
