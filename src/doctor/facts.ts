import type { FoundReceiver } from '../network/discovery/receiver-collector.ts';
import type { CameraInfo } from '../sources/camera-info.ts';
import { type Answer, askInTime, knownValue } from './answer.ts';
import { askClock } from './clock.ts';
import type { Machine } from './machine.ts';
import { askModel, type Model } from './model.ts';
import { type NatsAnswer, type NatsChoice, probeNats } from './nats-probe.ts';
import { askPower } from './power.ts';
import { probeReceiver, type ReceiverChoice, type ReceiverVisit } from './receiver-probe.ts';
import { askRights, type Rights } from './rights.ts';

/** All answers, before they are judged. */
export interface Facts {
  readonly model: Model;
  /** The reason why the addon of OpenCV does not load; undefined: it loads. */
  readonly addonProblem: string | undefined;
  readonly usbCameras: Answer<readonly CameraInfo[]>;
  /** Undefined: rpicam-apps are not installed. */
  readonly csiCameras: Answer<readonly CameraInfo[] | undefined>;
  /** Undefined: no answer came in time. */
  readonly rights: Rights | undefined;
  readonly isClockSynchronized: boolean | undefined;
  readonly power: number | undefined;
  /** Undefined: none was asked. */
  readonly receiver: ReceiverVisit | undefined;
  /** Undefined: none was asked. */
  readonly nats: NatsAnswer | undefined;
  /** Receivers that announce themselves; undefined: none was looked for. */
  readonly found: Answer<readonly FoundReceiver[]> | undefined;
  /** Whether a program of this machine has the port of a receiver, where no receiver was asked. */
  readonly isListeningHere: boolean;
}

/** Other machines to ask. */
export interface Others {
  readonly receiver: ReceiverChoice | undefined;
  readonly nats: NatsChoice | undefined;
  /** Looks for receivers in the network; undefined: one is named, or none is to be looked for. */
  readonly find?: ((signal: AbortSignal) => Promise<readonly FoundReceiver[]>) | undefined;
}

/** Of a receiver. */
export const defaultPort = 8080;
/** The longest wait for an answer. */
const timeoutMs = 10_000;
/** The same for a receiver that is looked for where it has moved. */
const moveTimeoutMs = 16_000;

const noModel: Model = { name: undefined, system: undefined, isPi: false, hasClockBattery: true };

/** Asks everything at once, and other machines after that. Never throws. */
export async function gatherFacts(
  { receiver, nats, find }: Others,
  machine: Machine,
  stop: AbortSignal,
): Promise<Facts> {
  const ask = <T>(question: (signal: AbortSignal) => Promise<T> | T, limitMs = timeoutMs) =>
    askInTime(question, limitMs, stop);
  const receiverMs = receiver?.find === undefined ? timeoutMs : moveTimeoutMs;
  const mayBeHere = receiver === undefined && nats === undefined;
  // These two block the thread for a while: other machines are asked when they are done, so that
  // their answers are timed right.
  const addon = await ask(() => machine.loadAddon());
  const usb = ask(() => machine.listUsbCameras());
  const [usbCameras, csiCameras, model, rights, clock, power, visit, natsVisit, found, listening] = await Promise.all([
    usb,
    ask((signal) => machine.listCsiCameras(signal)),
    ask(() => askModel(machine)),
    ask(() => askRights(machine)),
    ask((signal) => askClock(machine, signal)),
    ask((signal) => askPower(machine, signal)),
    receiver === undefined ? undefined : usb.then(() => ask((signal) => probeReceiver(receiver, signal), receiverMs)),
    nats === undefined ? undefined : usb.then(() => ask((signal) => probeNats(nats, signal))),
    find === undefined ? undefined : usb.then(() => ask(find)),
    mayBeHere ? ask(() => machine.isListening(defaultPort)) : undefined,
  ]);
  return {
    model: knownValue(model) ?? noModel,
    addonProblem: 'reason' in addon ? addon.reason : undefined,
    usbCameras,
    csiCameras,
    rights: knownValue(rights),
    isClockSynchronized: knownValue(clock),
    power: knownValue(power),
    receiver: visit === undefined ? undefined : (knownValue(visit) ?? { kind: 'silence' }),
    nats: natsVisit === undefined ? undefined : (knownValue(natsVisit) ?? noAnswer(natsVisit)),
    found,
    isListeningHere: listening !== undefined && knownValue(listening) === true,
  };
}

function noAnswer(answer: Answer<NatsAnswer>): NatsAnswer {
  const reason = `Cannot connect: ${'reason' in answer ? answer.reason : ''}`;
  return { kind: 'failure', code: 'CONNECT_FAILED', reason };
}
