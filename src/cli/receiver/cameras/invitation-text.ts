import { replaceUnprintable } from '../../../protocol/unprintable.ts';
import type { InvitationAnswer } from './invite.ts';

const usualPort = 8080;

/** The line to type at the camera, and the options for a network where the receiver is not found. */
export function formatInvitation({ name, code, hosts, port, minutes }: InvitationAnswer): string[] {
  const portOption = port === usualPort ? '' : ` --port ${port}`;
  const hostOptions = hosts.map((host) => `--host ${host}${portOption}`);
  const command = `image-sender join ${replaceUnprintable(code)}`;
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
