import { CodedError } from '../../../../errors.ts';
import type { RawOptions } from '../../../../options/option.ts';
import { listUsbCameras } from '../../../../sources/camera/camera-list.ts';
import { type ChosenSource, chooseSource } from '../../../../sources/choose-source.ts';
import { listCsiCameras } from '../../../../sources/rpicam/rpicam-list.ts';

/** A code that fills a third of such a picture has four pixels a module. */
const pictures = { size: '640x480', fps: '5' };
const rpicamCommand = 'rpicam';

/** A camera that looks for a code. */
export interface Lens {
  /** For messages. */
  readonly name: string;
  readonly source: ChosenSource;
}

/**
 * @param camera `rpicam`, the number or path of a USB camera, or undefined for the first that is there
 * @throws CodedError BAD_OPTION, SOURCE_FAILED
 */
export async function chooseLens(camera: string | undefined, signal: AbortSignal): Promise<Lens> {
  const chosen = camera ?? (await findFirst(signal));
  if (chosen === rpicamCommand) return makeLens(rpicamCommand, chosen, {});
  // Its own JPEGs may have another size.
  return makeLens('camera', `camera ${chosen}`, { device: chosen, passthrough: false });
}

function makeLens(command: string, name: string, options: RawOptions): Lens {
  return { name, source: chooseSource({ command, options: { ...pictures, ...options }, passedOn: [] }) };
}

/** @throws CodedError SOURCE_FAILED */
async function findFirst(signal: AbortSignal): Promise<string> {
  const modules = await listCsiCameras(signal).catch(() => undefined);
  if (modules !== undefined && modules.length > 0) return rpicamCommand;
  const cameras = await listUsbCameras();
  const usable = cameras.find(({ problem }) => problem === undefined);
  if (usable !== undefined) return usable.id;
  const [first] = cameras;
  const reason = first === undefined ? 'there is no camera' : `camera ${first.id} cannot be used: ${first.problem}`;
  const advice = 'image-sender doctor says what is missing; image-sender join CODE needs no camera';
  throw new CodedError('SOURCE_FAILED', `Cannot look for a QR code as ${reason}. ${advice}`);
}
