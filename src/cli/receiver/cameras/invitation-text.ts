import process from 'node:process';
import { replaceUnprintable } from '../../../protocol/unprintable.ts';
import { makeQrCode } from '../../../qr/qr-code.ts';
import { drawInTerminal } from '../../../qr/terminal.ts';
import type { InvitationAnswer } from './invite.ts';

const usualPort = 8080;

/** The line to type at the camera, and the options for a network where the receiver is not found. */
export function formatInvitation({ name, code, hosts, port, minutes }: InvitationAnswer): string[] {
  const portOption = port === usualPort ? '' : ` --port ${port}`;
  const hostOptions = hosts.map((host) => `--host ${host}${portOption}`);
  // Such a receiver is announced to nobody, and so its port is not found.
  const here = hosts.length === 0 ? portOption : '';
  const command = `image-sender join ${replaceUnprintable(code)}${here}`;
  return [
    `Type this at the camera ${replaceUnprintable(name)}, once and within ${minutes} minutes:`,
    '',
    `    ${command}`,
    '',
    ...(hostOptions.length === 0
      ? []
      : [`If it does not find this receiver, add ${replaceUnprintable(hostOptions.join(', or '))}`]),
  ];
}

/** Says why no other machine can join, and what to do; undefined: others can. */
export function describeUnreachable({ hosts, local = true, port }: InvitationAnswer): string | undefined {
  if (hosts.length > 0) return undefined;
  if (local) {
    const portOption = port === usualPort ? '' : ` --port ${port}`;
    const advice = `Start it again with image-receiver --host 0.0.0.0${portOption}, and type this command once more`;
    return `Only a camera of this machine can join, as the receiver listens for this machine only. ${advice}`;
  }
  const advice = 'Connect it, and type this command once more: ip -4 address shows its addresses';
  return `Only a camera of this machine can join, as this machine has no IPv4 address in a network. ${advice}`;
}

/** The parts of standard output that say whether it can show a QR code. */
interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The QR code for `image-sender join --camera`; nothing where no terminal has room for it. */
export function drawInvitation(
  { command }: InvitationAnswer,
  { isTTY = false, columns = 0 }: Screen,
  terminal = process.env['TERM'],
): string[] {
  if (!isTTY || terminal === 'dumb') return [];
  const code = makeQrCode(command);
  if (code.length > columns) return [];
  return ['', 'Or type image-sender join --camera there, and hold this before the lens:', '', ...drawInTerminal(code)];
}
