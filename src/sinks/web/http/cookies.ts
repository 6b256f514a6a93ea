import { trimBlanks } from '../../../protocol/ascii.ts';
import type { HttpExchange } from './http-exchange.ts';

/** The value of a cookie that the client sent. */
export function readCookie(exchange: HttpExchange, name: string): string | undefined {
  const pairs = (exchange.header('cookie') ?? '').split(';').map(trimBlanks);
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

export interface CookieOptions {
  /** 0 deletes the cookie. */
  readonly maxAgeSeconds: number;
  /** Whether it is sent over TLS only. */
  readonly isSecure: boolean;
}

/**
 * A Set-Cookie header whose cookie no script can read, and no request of another site carries.
 * @param value of characters that need no quotes
 */
export function formatCookie(name: string, value: string, { maxAgeSeconds, isSecure }: CookieOptions): string {
  const secure = isSecure ? '; Secure' : '';
  return `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly${secure}; SameSite=Strict`;
}
