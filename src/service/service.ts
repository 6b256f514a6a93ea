import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import type { CommandLine, ParsedWords } from '../options/commands.ts';
import type { Log } from '../system/log.ts';
import { printText } from '../system/print.ts';
import { listNeededPaths } from './arguments.ts';
import { describeProgram } from './program.ts';
import { formatUnit, type ServiceRequest } from './unit.ts';

/** The group that Raspberry Pi OS gives the pins to. systemd starts no service with a group that is not there. */
const pinGroup = 'gpio';

/**
 * Prints the systemd unit that does what the run would.
 * @throws CodedError BAD_OPTION for what cannot be a service
 */
export async function printService(
  commandLine: CommandLine,
  { command, options, passedOn }: ParsedWords,
  habits: Pick<ServiceRequest, 'intervalMs' | 'endsByItself' | 'credentials'>,
  log: Log,
): Promise<undefined> {
  const program = describeProgram();
  const place = { program, programFile: process.execPath, cwd: process.cwd() };
  const pins = hasGroup(pinGroup) ? pinGroup : undefined;
  const request = { commandLine, command, options, passedOn, ...place, ...habits, pins };
  const { text, warnings } = formatUnit(request);
  for (const warning of warnings) log.warn(warning);
  for (const path of listNeededPaths(request)) {
    if (!existsSync(path)) log.warn(`there is no ${path}: the service cannot start without it`);
  }
  await printText(text);
  const name = commandLine.program;
  log.info(
    `the place of this unit is /etc/systemd/system/${name}.service; then type: sudo systemctl daemon-reload && sudo systemctl enable --now ${name}`,
  );
  return undefined;
}

function hasGroup(name: string): boolean {
  try {
    return readFileSync('/etc/group', 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${name}:`));
  } catch {
    return false;
  }
}
