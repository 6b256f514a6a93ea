import { MismatchError } from '../../delivery/mismatch-error.ts';
import type { Conclusion } from '../../delivery/retry-policy.ts';
import type { CodedError } from '../../errors.ts';
import { isHere } from '../../network/address.ts';
import type { Rejection } from '../../protocol/wire2/message.ts';
import { quoteWord } from '../../system/shell-word.ts';
import { UnusableFindError } from './receiver-finder.ts';

/** Where a sender looked for its receiver. */
export interface ReceiverPlace {
  readonly host: string;
  readonly port: number;
}

/** How a sender ends that has given up on a receiver. */
export function concludeConnect(error: CodedError, place: ReceiverPlace): Conclusion {
  const { code } = error;
  if (error instanceof UnusableFindError) return { code, advice: '', isFinal: true };
  // The message says it.
  if (error instanceof MismatchError || code === 'REJECTED' || code === 'UNTRUSTED') return { code, advice: '' };
  if (code === 'SEND_FAILED') {
    const doctor = `image-sender doctor --host ${quoteWord(place.host)} --port ${place.port}`;
    return { code: 'CONNECT_FAILED', advice: `Is it image-receiver? \`${doctor}\` checks which program answers` };
  }
  const { code: cause } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return { code: 'CONNECT_FAILED', advice: adviseConnect(cause, place) };
}

/** Advice on a connect that failed, from the code of the system: sentences. */
function adviseConnect(code: string | undefined, { host, port }: ReceiverPlace): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'Check --host: the address that `hostname -I` prints at the receiver does as well';
    case 'ECONNREFUSED':
      return isHere(host)
        ? `Start image-receiver there with \`image-receiver --port ${port}\``
        : `Start image-receiver there so that it accepts other machines: \`image-receiver --host 0.0.0.0 --port ${port}\``;
    default:
      return `Is that machine on? \`ping -c 3 ${quoteWord(host)}\` asks it. If it answers, its firewall may drop what comes to this port: \`sudo ufw allow ${port}/tcp\` there lets it in`;
  }
}

/** The command that may help where a receiver rejects, to put behind what the receiver says; may be empty. */
export function adviseRejection({ code }: Pick<Rejection, 'code'>, { host }: ReceiverPlace): string {
  if (code !== 'BAD_TOKEN' && code !== 'TOKEN_MISSING') return '';
  return isHere(host) ? '' : `. Where the file is called token: \`scp ${quoteWord(host)}:token token\``;
}
