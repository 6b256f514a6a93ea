import type { CameraInfo } from '../sources/camera-info.ts';
import { type Answer, askInTime, knownValue } from './answer.ts';
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
}

/** Longest wait for any one answer. */
const timeoutMs = 10_000;

const noModel: Model = { name: undefined, system: undefined, isPi: false, hasClockBattery: true };

/** Asks all at once, but for what the receiver waits for. Never throws. */
export async function gatherFacts(
  receiver: ReceiverChoice | undefined,
  machine: Machine,
  stop: AbortSignal,
): Promise<Facts> {
  const ask = <T>(question: (signal: AbortSignal) => Promise<T> | T) => askInTime(question, timeoutMs, stop);
  // These two hold the thread for a while, so that the receiver's answer is timed when they are done.
  const addon = await ask(() => machine.loadAddon());
  const usb = ask(() => machine.listUsbCameras());
  const [usbCameras, ribbonCameras, model, rights, clock, power, visit] = await Promise.all([
    usb,
    ask((signal) => machine.listRibbonCameras(signal)),
    ask(() => askModel(machine)),
    ask(() => askRights(machine)),
    ask((signal) => askClock(machine, signal)),
    ask((signal) => askPower(machine, signal)),
    receiver === undefined ? undefined : usb.then(() => ask((signal) => visitReceiver(receiver, signal))),
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
  };
}
