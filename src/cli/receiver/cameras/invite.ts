import { CodedError } from '../../../errors.ts';
import { isLoopback } from '../../../network/address.ts';
import type { Listening } from '../../../network/discovery/announcement.ts';
import { listNetworks } from '../../../network/discovery/local-networks.ts';
import { type Invitations, invitationMs } from '../../../network/joining/invitations.ts';
import { formatJoinCode } from '../../../protocol/join/join-code.ts';
import { formatJoinCommand } from '../../../protocol/join/join-command.ts';
import { readName } from '../../../protocol/wire2/message.ts';

/** An invitation as `image-receiver invite` gets it. */
export interface InvitationAnswer {
  /** Tells it apart from the others of this receiver. */
  readonly number: number;
  /** Of the camera. */
  readonly name: string;
  /** As people type it. */
  readonly code: string;
  /** Of the receiver, for `--host`, the likeliest first; none where no other machine can reach it. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** Whether it listens for this machine only; an older receiver does not say it. */
  readonly local?: boolean;
  /** The line to type at the camera, which a QR code may hold: with hosts, so that nothing need be found. */
  readonly command: string;
  /** So long it lasts. */
  readonly minutes: number;
}

export interface InvitingParts {
  readonly invitations: Invitations;
  readonly addresses: Listening;
  /** Has the port take TLS. @throws CodedError TLS_UNUSABLE */
  readonly offerTls: () => Promise<void>;
}

/**
 * Opens an invitation for the camera of that name.
 * @throws CodedError BAD_OPTION, TLS_UNUSABLE
 */
export async function invite(name: string, parts: InvitingParts): Promise<InvitationAnswer> {
  const composed = readName(name);
  if (composed === undefined) {
    const limit = 'its name must be 1 to 64 bytes without control characters, with something to be seen';
    throw new CodedError('BAD_OPTION', `Cannot invite the camera ${JSON.stringify(name)}: ${limit}`);
  }
  await parts.offerTls();
  const invitation = await parts.invitations.invite(composed);
  if (invitation === undefined) {
    const reason = 'as 8 invitations are open: each ends when a camera joins, or after ten minutes';
    throw new CodedError('BAD_OPTION', `Cannot invite the camera ${composed} ${reason}`);
  }
  const { addresses } = parts;
  const code = formatJoinCode(invitation.code);
  const [hosts, port] = [listHosts(addresses), addresses[0]?.port ?? 0];
  return {
    number: invitation.number,
    name: composed,
    ...{ code, hosts, port, local: addresses.every(({ address }) => isLoopback(address)) },
    command: formatJoinCommand({ code, hosts, port }),
    minutes: invitationMs / 60_000,
  };
}

function listHosts(addresses: Listening): string[] {
  const others = addresses.filter(({ address }) => !isLoopback(address));
  const isAny = others.some(({ address }) => address === '0.0.0.0' || address === '::');
  return isAny ? listNetworks().map(({ address }) => address) : others.map(({ address }) => address);
}
