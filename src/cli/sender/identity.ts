import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import packageJson from '../../../package.json' with { type: 'json' };
import { toCodeLetters } from '../../protocol/code-letters.ts';
import type { SenderIdentity } from '../../protocol/wire2/message.ts';

/** Files with the id of the installed system: systemd's, and that of older systems. */
const systemIdFiles = ['/etc/machine-id', '/var/lib/dbus/machine-id'];
/** The serial number of a board, as a Raspberry Pi has one: cards that are copies of each other have the same system id. */
const boardSerialFile = '/sys/firmware/devicetree/base/serial-number';
/** machine-id(5) asks that programs show others a hash only, with a key of their own. */
const hashKey = 'image-socket';
const [machineLength, deviceLength] = [16, 8];

/** The files of a machine, for tests. */
export interface IdentityFiles {
  readonly systemIds: readonly string[];
  readonly boardSerial: string;
}

/**
 * Tells a receiver which camera this is, whatever its name and address.
 * @param device names the source among those of this machine
 * @returns undefined where the machine has no id, as in some containers: the receiver then goes by
 * the name
 */
export function readSenderIdentity(
  device: string,
  files: IdentityFiles = { systemIds: systemIdFiles, boardSerial: boardSerialFile },
): SenderIdentity | undefined {
  const systemId = files.systemIds.map(readText).find((text) => /^[0-9a-f]{32}$/.test(text));
  if (systemId === undefined) return undefined;
  const machine = `${systemId}/${readText(files.boardSerial)}`;
  return {
    machine: hash(machine, machineLength),
    device: hash(`${machine}/${device}`, deviceLength),
    version: packageJson.version,
  };
}

/** Without the zero bytes and spaces at its ends; empty where the file cannot be read. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll(/^[\0\s]+|[\0\s]+$/g, '');
  } catch {
    return '';
  }
}

/** @param length 1 to 32 */
function hash(text: string, length: number): string {
  return toCodeLetters(createHmac('sha256', hashKey).update(text).digest().subarray(0, length));
}
