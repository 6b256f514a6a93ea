import { MismatchError } from '../../delivery/mismatch-error.ts';
import type { Conclusion } from '../../delivery/retry-policy.ts';
import type { CodedError } from '../../errors.ts';
import { isHere } from '../../network/address.ts';
import type { Rejection } from '../../protocol/wire2/message.ts';
import { quoteWord } from '../../system/shell-word.ts';
import { handshakeTimeout } from './dial.ts';
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
  return { code: 'CONNECT_FAILED', advice: code === 'SEND_FAILED' ? adviseDoctor(place) : adviseConnect(error, place) };
}

/** Advice where it is not known which program answers: sentences. */
export function adviseDoctor({ host, port }: ReceiverPlace): string {
  const doctor = `image-sender doctor --host ${quoteWord(host)} --port ${port}`;
  return `Is it image-receiver? \`${doctor}\` checks which program answers`;
}

/** Advice on a connect that failed, from the code of its cause: sentences. */
export function adviseConnect(error: CodedError, place: ReceiverPlace): string {
  const { host, port } = place;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  switch (code) {
    case handshakeTimeout:
      return adviseDoctor(place);
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
