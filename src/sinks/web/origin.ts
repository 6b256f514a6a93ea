import { isIP } from 'node:net';

/**
 * Names that nobody can have a public address for: those of one word, and endings that are kept for local networks (RFC 6761, 6762, 8375;
 * `internal` and `home` by ICANN's word; `lan` and `intranet` nobody may register so far). Not `fritz.box`: `box` is a public ending, and
 * strangers have had that name.
 */
const localName = /^[0-9a-z_-]+$|\.(?:local|localhost|lan|home|internal|intranet|home\.arpa)$/;

/**
 * Whether a Host header names this machine rather than something that a stranger's name service may have led here (DNS rebinding): an
 * address, a name of a local network, or one of `known`. Asked where there is no password, as a browser keeps that to the right name itself.
 */
export function isLocalHost(header: string | undefined, known: readonly string[]): boolean {
  const host = readHostName(header);
  if (host === undefined) return false;
  return isIP(host) !== 0 || localName.test(host) || known.some((name) => name.toLowerCase() === host);
}

/** What a browser says of where a request comes from. */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site and Sec-Fetch-Mode. */
  readonly site: string | undefined;
  readonly mode: string | undefined;
}

/** Whether a page of another site asks, behind the back of whoever looks at it. To follow a link from there is no such thing. */
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
