import { type Check, makeCheck, typeHere } from './check.ts';
import type { Machine } from './machine.ts';

/** Whether NTP sets the clock of the machine; undefined where nothing here says so. */
export async function askClock(machine: Machine, signal: AbortSignal): Promise<boolean | undefined> {
  const told = await machine.run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], signal);
  const word = told?.isGood === true ? told.output.trim() : '';
  if (word === 'yes' || word === 'no') return word === 'yes';
  // systemd-timesyncd makes the file `synchronized` once it has set the clock:
  // https://www.freedesktop.org/software/systemd/man/latest/systemd-timesyncd.service.html
  const names = await machine.list('/run/systemd/timesync');
  return names.length > 0 ? names.includes('synchronized') : undefined;
}

export function checkClock(isSynchronized: boolean | undefined, hasBattery: boolean): Check {
  if (isSynchronized === undefined) {
    return makeCheck('clock', 'unknown', 'no program here reports whether NTP has set it; latency is right even so');
  }
  if (isSynchronized) return makeCheck('clock', 'ok', 'set by NTP');
  const battery = hasBattery ? '' : ', as this Pi has no clock battery';
  return makeCheck(
    'clock',
    'warning',
    `not set by NTP: pictures may bear a wrong time until it is${battery}; latency is right all the same`,
    typeHere('sudo timedatectl set-ntp true'),
  );
}
