import { readFile } from 'node:fs/promises';

/** State of a socket that listens: include/net/tcp_states.h. */
const listening = '0A';

/**
 * Whether a program of this machine listens on that port of TCP, without a connection to it: some end with their first client.
 * Undefined where the system does not say it.
 * @param folder the folder of proc_net(5)
 */
export async function isListeningHere(port: number, folder = '/proc/self/net'): Promise<boolean | undefined> {
  const read = (name: string) => readFile(`${folder}/${name}`, 'utf8').catch(() => undefined);
  const tables = (await Promise.all(['tcp', 'tcp6'].map(read))).filter((table) => table !== undefined);
  if (tables.length === 0) return undefined;
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return tables.some((table) =>
    table.split('\n').some((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      return state === listening && local.endsWith(place);
    }),
  );
}
