// The line with which a camera joins, as people type it and as a QR code holds it.

/** Hosts in a line: with more the QR code gets too fine for small cameras. */
const maxHosts = 2;
const maxLength = 200;
const usualPort = 8080;

export interface JoinCommand {
  /** As people type it. */
  readonly code: string;
  /** Of the receiver, the likeliest first. Those after the second are left out. */
  readonly hosts: readonly string[];
  readonly port: number;
}

/** `image-sender join 3k7m-9q2x-ab12-cd3x --host 192.168.1.5`, with `--port` where it is not 8080. */
export function formatJoinCommand({ code, hosts, port }: JoinCommand): string {
  const host = hosts.length === 0 ? '' : ` --host ${hosts.slice(0, maxHosts).join(',')}`;
  return `image-sender join ${code}${host}${port === usualPort ? '' : ` --port ${port}`}`;
}

/** The parts of such a line as a stranger may have written them: nothing of them is checked yet. */
export interface ReadCommand {
  readonly code: string;
  readonly host?: string;
  readonly port?: string;
}

/**
 * Takes a line of `formatJoinCommand` apart.
 * @returns undefined where it is any other text
 */
export function readJoinCommand(text: string): ReadCommand | undefined {
  if (text.length > maxLength) return undefined;
  const match = /^image-sender join ([0-9A-Za-z-]{16,32})(?: --host ([\w.:,-]{1,130}))?(?: --port (\d{1,5}))?$/.exec(
    text,
  );
  const [, code, host, port] = match ?? [];
  if (code === undefined) return undefined;
  return { code, ...(host !== undefined && { host }), ...(port !== undefined && { port }) };
}
