import { type Check, makeCheck, typeHere } from './check.ts';
import type { Machine, Runtime } from './machine.ts';

/** The model of this machine. */
export interface Model {
  /** Undefined where the machine does not say it, as PCs do not. */
  readonly name: string | undefined;
  /** The name of the operating system. */
  readonly system: string | undefined;
  readonly isPi: boolean;
  /** Whether the clock goes on while the machine is off. */
  readonly hasClockBattery: boolean;
}

export async function askModel(machine: Machine): Promise<Model> {
  const [tree = '', release = ''] = await Promise.all([
    machine.readText('/proc/device-tree/model'),
    machine.readText('/etc/os-release'),
  ]);
  const name = tree.replaceAll('\0', '').trim();
  const isPi = name.includes('Raspberry Pi');
  return {
    name: name === '' ? undefined : name,
    system: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1],
    isPi,
    // The 5, the 500 and the Compute Module 5 are the first with a battery.
    hasClockBattery: !isPi || /Raspberry Pi (5|Compute Module 5)/.test(name),
  };
}

export function checkModel({ name, system }: Model, architecture: string): Check {
  const parts = [name, system, architecture].filter((part) => part !== undefined && part !== '');
  return makeCheck('machine', 'ok', parts.join(', '));
}

export function checkProgram(version: string, runtime: Runtime): Check {
  const how = runtime.kind === 'packaged' ? 'packaged' : `under ${runtime.kind} ${runtime.version}`;
  return makeCheck('program', 'ok', `image-sender ${version}, ${how}`);
}

/** Checks OpenCV. @param isNeeded whether no camera can be sent without OpenCV */
export function checkAddon(problem: string | undefined, isNeeded: boolean, machine: Machine): Check {
  if (problem === undefined) return makeCheck('OpenCV', 'ok', 'its addon loads: camera, video and pattern work');
  const rest = 'rpicam, pipe and folder work without';
  return makeCheck(
    'OpenCV',
    isNeeded ? 'missing' : 'warning',
    `${problem}; ${rest}`,
    typeHere(describeAddonFix(machine)),
  );
}

function describeAddonFix({ runtime, ownCommand, addonCommand }: Machine): string {
  switch (runtime.kind) {
    case 'packaged':
    case 'Node':
      return addonCommand;
    case 'Deno':
      return `${ownCommand.replace(/^.* run -A /, 'node ')} doctor`;
  }
}
