/** What to do about a connect that failed, as far as the system's code tells: a sentence. */
export function adviseConnect(code: string | undefined): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'Check --host: the address that `hostname -I` prints at the receiver does as well';
    case 'ECONNREFUSED':
      return 'Start image-receiver there with --host 0.0.0.0 and the same --port';
    default:
      return 'Is that machine on, and does its firewall let this port in? Is image-receiver running there, with --host 0.0.0.0?';
  }
}
