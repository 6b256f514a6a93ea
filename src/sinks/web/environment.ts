import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** What handlers know of a request. */
export interface WebEnvironment {
  Bindings: HttpBindings;
}

export type WebContext = Context<WebEnvironment>;

/** Where a request comes from, without a port. */
export function addressOf(c: WebContext): string {
  return c.env.incoming.socket.remoteAddress ?? 'unknown';
}
