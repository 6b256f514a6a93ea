import process from 'node:process';
import { CodedError } from '../../errors.ts';
import { formatAddress } from '../../network/address.ts';
import { findReceivers, lookMs } from '../../network/discovery/find-receivers.ts';
import { isMulticastOn, multicastVariable } from '../../network/discovery/multicast-switch.ts';
import type { FoundReceiver } from '../../network/discovery/receiver-collector.ts';
import { checkRun, listOptions, type ParsedWords } from '../../options/commands.ts';
import { isGiven } from '../../options/option.ts';
import { printText } from '../../system/print.ts';
import { describeChoice } from '../../transport/connect/receiver-finder.ts';
import type { Work } from '../program.ts';
import { receiverCommandLine } from './options.ts';

/** Does `image-receiver --find`: lists the receivers that announce themselves. */
export const printReceivers: Work = async (run, _terminal, stop) => {
  checkRun(receiverCommandLine, run);
  checkAlone(run);
  if (!isMulticastOn(process.env)) {
    throw new CodedError('BAD_OPTION', `Cannot look for receivers as ${multicastVariable} is off: unset it`);
  }
  const found = await findReceivers(stop.signal);
  await printText(run.options['json'] === true ? JSON.stringify(found) : formatReceivers(found).join('\n'));
  return undefined;
};

/** Refuses options that would do nothing. @throws CodedError BAD_OPTION */
function checkAlone({ options }: ParsedWords): void {
  for (const [name, option] of Object.entries(listOptions(receiverCommandLine))) {
    if (['find', 'json'].includes(name) || !isGiven(option, options[name])) continue;
    throw new CodedError('BAD_OPTION', `Cannot use --find with --${name}, as it lists receivers and ends`);
  }
}

/** The receivers for a person, a block each: its name, its address, and how to send to it. */
export function formatReceivers(found: readonly FoundReceiver[]): string[] {
  if (found.length === 0) {
    const hint = 'A receiver is found if it has --host 0.0.0.0 and no firewall keeps port 5353 of UDP from it';
    return [`no receiver has answered within ${lookMs / 1000} s. ${hint}`];
  }
  return found.flatMap((one, i) => [...(i === 0 ? [] : ['']), ...formatReceiver(one)]);
}

function formatReceiver(found: FoundReceiver): string[] {
  const { name, addresses, port, tls, pin, web } = found;
  const [host = ''] = addresses;
  const security = tls ? `, TLS only${pin === undefined ? '' : `, its fingerprint begins with sha256:${pin}`}` : '';
  const page = `    page: ${tls ? 'https' : 'http'}://${formatAddress(host, web ?? 0)}/`;
  return [
    `${name} at ${formatAddress(host, port)}${security}`,
    `    image-sender rpicam ${describeChoice(found)}`,
    ...(web === undefined ? [] : [page]),
  ];
}
