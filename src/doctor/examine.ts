import packageJson from '../../package.json' with { type: 'json' };
import type { CameraInfo } from '../sources/camera-info.ts';
import { quoteWord } from '../system/shell-word.ts';
import { checkCameras, checkRpicam, findSendable, isAddonWanted } from './cameras.ts';
import { type Check, type CheckName, type Fix, typeHere } from './check.ts';
import { checkClock } from './clock.ts';
import { type Facts, gatherFacts, type Others } from './facts.ts';
import { checkFound, chooseFound } from './found-check.ts';
import type { Machine } from './machine.ts';
import { checkAddon, checkModel, checkProgram } from './model.ts';
import { checkNats } from './nats-check.ts';
import { checkPower } from './power.ts';
import { createMachine } from './real-machine.ts';
import { checkReceiver } from './receiver-check.ts';
import type { Report } from './report.ts';
import { checkRights } from './rights.ts';

export interface DoctorRequest extends Others {
  /** Options as the user typed them, for the commands in the advice. */
  readonly typed: readonly string[];
}

/** The programs that take the pictures. */
const titles = { receiver: 'receiver', NATS: 'NATS server' } as const;
/** The order of repairs when no camera can be sent. */
const order: readonly CheckName[] = ['rights', 'OpenCV', 'rpicam', 'receiver', 'NATS', 'camera'];

/**
 * Examines this machine and, where one is named, the receiver or NATS server. Waits at most 10 s
 * for each answer, or 16 s for that of a receiver that it looks for. Never throws.
 */
export async function examine(
  request: DoctorRequest,
  stop: AbortSignal,
  machine: Machine = createMachine(),
): Promise<Report> {
  const facts = await gatherFacts(request, machine, stop);
  const command = (...words: string[]) =>
    [machine.ownCommand, ...[...words, ...request.typed].map(quoteWord)].join(' ');
  const isKnown = request.receiver !== undefined || request.nats !== undefined;
  const { words: where, note } = isKnown ? { words: [], note: undefined } : chooseFound(facts);
  const again = typeHere(command('doctor'));
  const checks = check(facts, request, machine, { again, card: typeHere(command('pattern', ...where)) });
  const [camera] = findSendable(facts);
  if (camera === undefined) {
    const next = findFix(checks, order) ?? again;
    return { checks, problem: 'camera', camera: undefined, summary: 'No camera can be sent yet.', next };
  }
  const { source, id, name } = camera;
  const found = { checks, camera: { source, id, name } };
  const what = `A camera can be sent, ${describeCamera(camera)}`;
  const failed = checks.find((check) => check.state === 'missing' && isElsewhere(check.name))?.name;
  if (failed !== undefined && isElsewhere(failed)) {
    const next = findFix(checks, [failed]) ?? again;
    return { ...found, problem: failed, summary: `${what}, but not to that ${titles[failed]}.`, next };
  }
  const summary = note === undefined ? `${what}.` : `${what}; ${note}.`;
  const next = typeHere(command(...describeSource(camera), ...where));
  return { ...found, problem: undefined, summary, next };
}

function isElsewhere(name: CheckName): name is keyof typeof titles {
  return name in titles;
}

/** Commands that many checks advise. */
interface Commands {
  readonly again: Fix;
  /** Sends a test card. */
  readonly card: Fix;
}

function check(facts: Facts, { receiver, nats }: DoctorRequest, machine: Machine, { again, card }: Commands): Check[] {
  const isNeeded = findSendable(facts).length === 0;
  const checks = [
    checkModel(facts.model, machine.architecture),
    checkProgram(packageJson.version, machine.runtime),
    checkAddon(facts.addonProblem, isNeeded && isAddonWanted(facts), machine),
    checkRpicam(facts),
    ...checkCameras(facts, again, card),
    checkRights(facts.rights, isNeeded),
    checkClock(facts.isClockSynchronized, facts.model.hasClockBattery),
    checkPower(facts.power),
    facts.receiver === undefined || receiver === undefined ? undefined : checkReceiver(facts.receiver, receiver, again),
    ...checkFound(facts),
    facts.nats === undefined || nats === undefined ? undefined : checkNats(facts.nats, nats, again),
  ];
  return checks.filter((check) => check !== undefined);
}

function findFix(checks: readonly Check[], names: readonly CheckName[]): Fix | undefined {
  return names
    .flatMap((name) => checks.filter((check) => check.name === name))
    .find(({ state, fix }) => (state === 'missing' || state === 'unknown') && fix !== undefined)?.fix;
}

function describeCamera({ source, id, name }: CameraInfo): string {
  return source === 'rpicam' ? `the camera module ${id} (${name})` : `${id} (${name})`;
}

/** rpicam takes the first camera module where none is named. */
function describeSource({ source, id }: CameraInfo): string[] {
  return source === 'rpicam' && id === '0' ? [source] : [source, id];
}
