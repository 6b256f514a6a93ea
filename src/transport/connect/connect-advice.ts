import { MismatchError } from '../../delivery/mismatch-error.ts';
import type { Conclusion } from '../../delivery/retry-policy.ts';
import type { CodedError } from '../../errors.ts';
import { UnusableFindError } from './receiver-finder.ts';

/** How a sender ends that has given up on a receiver. */
export function concludeConnect(error: CodedError): Conclusion {
  const { code } = error;
  if (error instanceof UnusableFindError) return { code, advice: '', isFinal: true };
  // The message says it.
  if (error instanceof MismatchError || code === 'REJECTED' || code === 'UNTRUSTED') return { code, advice: '' };
  if (code === 'SEND_FAILED') {
    return {
      code: 'CONNECT_FAILED',
      advice: 'Is it image-receiver? image-sender doctor with the same --host and --port checks which program answers',
    };
  }
  return { code: 'CONNECT_FAILED', advice: adviseConnect((error.cause as NodeJS.ErrnoException | undefined)?.code) };
}

/** Advice on a connect that failed, from the code of the system: a sentence. */
function adviseConnect(code: string | undefined): string {
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
