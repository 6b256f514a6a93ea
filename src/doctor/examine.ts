import packageJson from '../../package.json' with { type: 'json' };
import type { CameraInfo } from '../sources/camera-info.ts';
import { judgeBroker } from './broker-check.ts';
import { findSendable, isAddonWanted, judgeCameras, judgeRpicam } from './cameras.ts';
import { type Check, type CheckName, type Fix, quoteWord, typeHere } from './check.ts';
import { judgeClock } from './clock.ts';
import { type Facts, gatherFacts, type Others } from './facts.ts';
import type { Machine } from './machine.ts';
import { judgeAddon, judgeModel, judgeProgram } from './model.ts';
import { judgePower } from './power.ts';
import { createMachine } from './real-machine.ts';
import { judgeReceiver } from './receiver-check.ts';
import type { Report } from './report.ts';
import { judgeRights } from './rights.ts';

export interface DoctorRequest extends Others {
  /** Options as they were typed, for the commands that are advised. */
  readonly typed: readonly string[];
}

/** The name that stands for the receiver's where none was given. */
const anyHost = 'my-pc.local';
/** What takes the pictures. */
const titles = { receiver: 'receiver', broker: 'NATS server' } as const;
/** What is mended first when no camera can be sent. */
const order: readonly CheckName[] = ['rights', 'OpenCV', 'rpicam', 'receiver', 'broker', 'camera'];

/** Looks at this machine and, where one is named, at the receiver or NATS server; waits for each answer for 10 s at most. Never throws. */
export async function examine(
  request: DoctorRequest,
  stop: AbortSignal,
  machine: Machine = createMachine(),
): Promise<Report> {
  const facts = await gatherFacts(request, machine, stop);
  const command = (...words: string[]) =>
    [machine.ownCommand, ...[...words, ...request.typed].map(quoteWord)].join(' ');
  const isKnown = request.receiver !== undefined || request.broker !== undefined;
  const where = isKnown ? [] : ['--host', anyHost];
  const again = typeHere(command('doctor'));
  const checks = judge(facts, request, machine, { again, card: typeHere(command('pattern', ...where)) });
  const [camera] = findSendable(facts);
  if (camera === undefined) {
    const next = findFix(checks, order) ?? again;
    return { checks, obstacle: 'camera', camera: undefined, summary: 'No camera can be sent yet.', next };
  }
  const { way, id, name } = camera;
  const found = { checks, camera: { way, id, name } };
  const what = `A camera can be sent, ${describeCamera(camera)}`;
  const failed = checks.find((check) => check.state === 'missing' && isElsewhere(check.name))?.name;
  if (failed !== undefined && isElsewhere(failed)) {
    const next = findFix(checks, [failed]) ?? again;
    return { ...found, obstacle: failed, summary: `${what}, but not to that ${titles[failed]}.`, next };
  }
  const summary = isKnown ? `${what}.` : `${what}; the receiver's name goes in the place of ${anyHost}.`;
  const next = typeHere(command(...describeWay(camera), ...where));
  return { ...found, obstacle: undefined, summary, next };
}

function isElsewhere(name: CheckName): name is keyof typeof titles {
  return name in titles;
}

/** Commands that many checks end in. */
interface Commands {
  readonly again: Fix;
  /** Sends a test card. */
  readonly card: Fix;
}

function judge(
  facts: Facts,
  { receiver, broker }: DoctorRequest,
  machine: Machine,
  { again, card }: Commands,
): Check[] {
  const isNeeded = findSendable(facts).length === 0;
  const checks = [
    judgeModel(facts.model, machine.architecture),
    judgeProgram(packageJson.version, machine.runtime),
    judgeAddon(facts.addonObstacle, isNeeded && isAddonWanted(facts), machine),
    judgeRpicam(facts),
    ...judgeCameras(facts, again, card),
    judgeRights(facts.rights, isNeeded),
    judgeClock(facts.isClockSynchronized, facts.model.hasClockBattery),
    judgePower(facts.power),
    facts.receiver === undefined || receiver === undefined ? undefined : judgeReceiver(facts.receiver, receiver, again),
    facts.broker === undefined || broker === undefined ? undefined : judgeBroker(facts.broker, broker, again),
  ];
  return checks.filter((check) => check !== undefined);
}

function findFix(checks: readonly Check[], names: readonly CheckName[]): Fix | undefined {
  return names
    .flatMap((name) => checks.filter((check) => check.name === name))
    .find(({ state, fix }) => (state === 'missing' || state === 'unknown') && fix !== undefined)?.fix;
}

function describeCamera({ way, id, name }: CameraInfo): string {
  return way === 'rpicam' ? `the ribbon camera ${id} (${name})` : `${id} (${name})`;
}

/** The first ribbon camera is the one that rpicam takes by itself. */
function describeWay({ way, id }: CameraInfo): string[] {
  return way === 'rpicam' && id === '0' ? [way] : [way, id];
}
