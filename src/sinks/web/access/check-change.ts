import type { HttpExchange } from '../http/http-exchange.ts';
import type { AccessControl } from './access-control.ts';

/** Proxies add one of these: behind one, every client looks as if it were on this machine. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Rejects a request that would change something and that is not allowed to. Returns whether the
 * request may go on.
 */
export function checkChange(exchange: HttpExchange, access: AccessControl): boolean {
  const isOfProxy = !access.hasPassword && proxyHeaders.some((name) => exchange.header(name) !== undefined);
  if (isOfProxy || !access.mayChange(exchange)) {
    const advice = 'use the page on the machine of the receiver, or set a password (--web-token-file)';
    access.reject(exchange, 403, `Without a password nobody may do this over the network: ${advice}`);
    return false;
  }
  // A browser sends no such header for the page of another port without asking here first.
  if (exchange.header('x-requested-with') !== undefined) return true;
  access.reject(exchange, 403, 'This needs a header X-Requested-With');
  return false;
}
