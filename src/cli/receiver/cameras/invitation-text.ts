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
  // A receiver for this machine only is not announced, and so its port is not found.
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
