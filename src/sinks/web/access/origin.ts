import { isIP } from 'node:net';

/**
 * Names that cannot have a public address: those of one word, and those below domains that are
 * reserved for local networks (RFC 6761, 6762, 8375; `internal` and `home` by ICANN; `lan` and
 * `intranet` cannot be registered so far). `fritz.box` is not among them: `box` is a public domain,
 * and strangers have owned that name.
 */
const localName = /^[0-9a-z_-]+$|\.(?:local|localhost|lan|home|internal|intranet|home\.arpa)$/;

/**
 * Whether a Host header names this machine by an address, a name of a local network, or one of
 * `known`. Any other name may be that of a stranger, whose name service leads browsers here (DNS
 * rebinding). A page with a password need not ask: the browser has it for the right name only.
 */
export function isLocalHost(header: string | undefined, known: readonly string[]): boolean {
  const host = readHostName(header);
  if (host === undefined) return false;
  return isIP(host) !== 0 || localName.test(host) || known.some((name) => name.toLowerCase() === host);
}

/** The headers by which a browser says where a request comes from. */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site and Sec-Fetch-Mode. */
  readonly site: string | undefined;
  readonly mode: string | undefined;
}

/**
 * Whether a page of another site makes the request, without its user. A link that the user follows
 * from there is no such request.
 */
export function isCrossSite({ host, origin, site, mode }: RequestOrigin): boolean {
  if (site === 'cross-site' && mode !== 'navigate') return true;
  if (origin === undefined) return false;
  // `null` is a sandboxed frame, a file, or a redirect from elsewhere.
  const from = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  return from === undefined || readHostName(from) !== readHostName(host);
}

/** Without the port and the brackets of IPv6, in lower case. */
function readHostName(header: string | undefined): string | undefined {
  const [, inBrackets, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:@/\s]+))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  return (inBrackets ?? plain)?.toLowerCase().replace(/\.$/, '');
}
