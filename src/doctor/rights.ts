import { quoteWord } from '../system/shell-word.ts';
import { type Check, makeCheck, typeHere } from './check.ts';
import type { Machine } from './machine.ts';

/** The rights of this process to use cameras. */
export interface Rights {
  readonly isRoot: boolean;
  /** All of /dev/video*. */
  readonly devices: readonly string[];
  /** The devices that this process may not both read and write. */
  readonly closed: readonly string[];
  /** Whether the user is in the group that cameras belong to; `later`: from the next login on. */
  readonly membership: 'now' | 'later' | 'none';
  readonly userName: string | undefined;
}

const group = 'video';

export async function askRights(machine: Machine): Promise<Rights> {
  const [names, status = '', groups = ''] = await Promise.all([
    machine.list('/dev'),
    machine.readText('/proc/self/status'),
    machine.readText('/etc/group'),
  ]);
  const devices = names
    .filter((name) => /^video\d+$/.test(name))
    .sort((one, other) => Number(one.slice(5)) - Number(other.slice(5)))
    .map((name) => `/dev/${name}`);
  const areOpen = await Promise.all(devices.map((device) => machine.canOpen(device)));
  const { userName } = machine;
  return {
    isRoot: readIds(status, 'Uid')[1] === '0',
    devices,
    closed: devices.filter((_, i) => !areOpen[i]),
    membership: findMembership(status, groups, userName),
    userName,
  };
}

/** A line of /proc/self/status: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function readIds(status: string, field: string): string[] {
  const line = new RegExp(`^${field}:(.*)$`, 'm').exec(status)?.[1] ?? '';
  return line.trim().split(/\s+/);
}

function findMembership(status: string, groups: string, userName: string | undefined): Rights['membership'] {
  const [, id, members = ''] = new RegExp(`^${group}:[^:]*:(\\d+):(.*)$`, 'm').exec(groups) ?? [];
  if (id === undefined) return 'none';
  if (readIds(status, 'Groups').includes(id) || readIds(status, 'Gid')[1] === id) return 'now';
  return userName !== undefined && members.trim().split(',').includes(userName) ? 'later' : 'none';
}

/** @param isNeeded whether no camera can be sent as it is */
export function checkRights(rights: Rights | undefined, isNeeded: boolean): Check {
  if (rights === undefined) return makeCheck('rights', 'unknown', 'nothing was found out in time');
  const { isRoot, devices, closed, membership } = rights;
  const joining = isRoot || membership === 'now' ? undefined : typeHere(describeJoining(rights));
  if (closed.length > 0) {
    const [first = ''] = closed;
    const which = closed.length === 1 ? first : `${first} and ${closed.length - 1} more of /dev/video*`;
    const why = isRoot ? ', although this is root: a container may be in the way' : describeMembership(membership);
    return makeCheck('rights', isNeeded ? 'missing' : 'warning', `${which} cannot be opened${why}`, joining);
  }
  if (isRoot) return makeCheck('rights', 'ok', 'root may open every camera');
  if (devices.length > 0) return makeCheck('rights', 'ok', 'every /dev/video* can be opened');
  if (membership === 'now') return makeCheck('rights', 'ok', `in the group ${group}, which may open cameras`);
  return makeCheck('rights', 'warning', `no camera could be opened${describeMembership(membership)}`, joining);
}

function describeMembership(membership: Rights['membership']): string {
  switch (membership) {
    case 'now':
      return `, although this user is in the group ${group}`;
    case 'later':
      return `: this user is in the group ${group} from the next login on`;
    case 'none':
      return `: this user is not in the group ${group}; after that change, log in again`;
  }
}

function describeJoining({ membership, userName }: Rights): string {
  return membership === 'later'
    ? `newgrp ${group}`
    : `sudo usermod -aG ${group} ${userName === undefined ? '$USER' : quoteWord(userName)}`;
}
