import type { CameraInfo } from '../sources/camera-info.ts';
import { type Answer, askInTime, knownValue } from './answer.ts';
import { type BrokerAnswer, type BrokerChoice, visitBroker } from './broker-visit.ts';
import { askClock } from './clock.ts';
import type { Machine } from './machine.ts';
import { askModel, type Model } from './model.ts';
import { askPower } from './power.ts';
import { type ReceiverAnswer, type ReceiverChoice, visitReceiver } from './receiver-visit.ts';
import { askRights, type Rights } from './rights.ts';

/** All that was found out, before anything is made of it. */
export interface Facts {
  readonly model: Model;
  /** Why OpenCV's addon does not load; undefined: it does. */
  readonly addonObstacle: string | undefined;
  readonly usbCameras: Answer<readonly CameraInfo[]>;
  /** Undefined: rpicam-apps are not installed. */
  readonly ribbonCameras: Answer<readonly CameraInfo[] | undefined>;
  /** Undefined: nothing was found out in time. */
  readonly rights: Rights | undefined;
  readonly isClockSynchronized: boolean | undefined;
  readonly power: number | undefined;
  /** Undefined: none was asked. */
  readonly receiver: ReceiverAnswer | undefined;
  /** Undefined: none was asked. */
  readonly broker: BrokerAnswer | undefined;
}

/** Who is asked besides this machine. */
export interface Others {
  readonly receiver: ReceiverChoice | undefined;
  readonly broker: BrokerChoice | undefined;
}

/** Longest wait for any one answer. */
const timeoutMs = 10_000;

const noModel: Model = { name: undefined, system: undefined, isPi: false, hasClockBattery: true };

/** Asks all at once, but for those on other machines. Never throws. */
export async function gatherFacts({ receiver, broker }: Others, machine: Machine, stop: AbortSignal): Promise<Facts> {
  const ask = <T>(question: (signal: AbortSignal) => Promise<T> | T) => askInTime(question, timeoutMs, stop);
  // These two hold the thread for a while, so that others' answers are timed when they are done.
  const addon = await ask(() => machine.loadAddon());
  const usb = ask(() => machine.listUsbCameras());
  const [usbCameras, ribbonCameras, model, rights, clock, power, visit, brokerVisit] = await Promise.all([
    usb,
    ask((signal) => machine.listRibbonCameras(signal)),
    ask(() => askModel(machine)),
    ask(() => askRights(machine)),
    ask((signal) => askClock(machine, signal)),
    ask((signal) => askPower(machine, signal)),
    receiver === undefined ? undefined : usb.then(() => ask((signal) => visitReceiver(receiver, signal))),
    broker === undefined ? undefined : usb.then(() => ask((signal) => visitBroker(broker, signal))),
  ]);
  return {
    model: knownValue(model) ?? noModel,
    addonObstacle: 'reason' in addon ? addon.reason : undefined,
    usbCameras,
    ribbonCameras,
    rights: knownValue(rights),
    isClockSynchronized: knownValue(clock),
    power: knownValue(power),
    receiver: visit === undefined ? undefined : (knownValue(visit) ?? { kind: 'silence' }),
    broker: brokerVisit === undefined ? undefined : (knownValue(brokerVisit) ?? noAnswer(brokerVisit)),
  };
}

function noAnswer(answer: Answer<BrokerAnswer>): BrokerAnswer {
  const reason = `Cannot connect: ${'reason' in answer ? answer.reason : ''}`;
  return { kind: 'failure', code: 'CONNECT_FAILED', reason };
}
