import type { WebContext } from './environment.ts';

/** For handlers that write their answer themselves: the server's adapter leaves such a one alone. */
export function alreadySent(): Response {
  return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });
}

/** Whether the head of the answer is all that is wanted: what is written behind it would never be taken, nor refused. */
export function isHead(c: WebContext): boolean {
  return c.env.incoming.method === 'HEAD';
}
