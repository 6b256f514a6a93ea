import { type Check, makeCheck } from './check.ts';
import type { Machine } from './machine.ts';

// Bits of `vcgencmd get_throttled`:
// https://www.raspberrypi.com/documentation/computers/os.html#get_throttled The same bits 16 places
// higher say: since the start.
const underVoltage = 0x1;
const slowed = 0x2 | 0x4;
const hot = 0x8;
const sinceStart = 16;

/** Asks the firmware about voltage and heat; undefined where it cannot be asked. */
export async function askPower(machine: Machine, signal: AbortSignal): Promise<number | undefined> {
  const told = await machine.run('vcgencmd', ['get_throttled'], signal);
  const hex = /^throttled=0x([0-9a-f]{1,8})\s*$/i.exec(told?.output ?? '')?.[1];
  return told?.isGood !== true || hex === undefined ? undefined : Number.parseInt(hex, 16);
}

/** Undefined where nothing is known: most machines do not have this firmware. */
export function checkPower(bits: number | undefined): Check | undefined {
  if (bits === undefined) return undefined;
  const [now, before] = [bits, bits >>> sinceStart];
  if (((now | before) & underVoltage) !== 0) {
    const when = (now & underVoltage) === 0 ? 'since the start' : 'now';
    const advice = 'use a stronger supply or a shorter cable, or pictures and Wi-Fi may fail';
    return makeCheck('power', 'warning', `too little voltage ${when}: ${advice}`);
  }
  if (((now | before) & hot) !== 0) {
    const when = (now & hot) === 0 ? 'was too hot since the start' : 'is too hot';
    return makeCheck('power', 'warning', `the Pi ${when} and slows down: give it air or shade`);
  }
  const isSlowed = ((now | before) & slowed) !== 0;
  return isSlowed
    ? makeCheck(
        'power',
        'warning',
        'the Pi slows down, or has slowed down since its start, because of heat or low voltage',
      )
    : makeCheck('power', 'ok', 'enough voltage and not too hot since the start');
}
