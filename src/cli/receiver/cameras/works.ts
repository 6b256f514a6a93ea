import { CodedError } from '../../../errors.ts';
import { readCameras } from '../../../frames/camera-memory.ts';
import { formatKnown } from '../../../frames/known-camera.ts';
import { checkRun } from '../../../options/commands.ts';
import { readOptions } from '../../../options/read-options.ts';
import { replaceUnprintable } from '../../../protocol/unprintable.ts';
import { describeWriteError } from '../../../system/file-error.ts';
import type { Log } from '../../../system/log.ts';
import { printText } from '../../../system/print.ts';
import { replaceFile } from '../../../system/replace-file.ts';
import type { Work } from '../../program.ts';
import { receiverCommandLine } from '../options.ts';
import { forgetOptions, listOptions } from './commands.ts';
import { type ControlRequest, findObjection, type ListedCamera, listCameras } from './control.ts';
import { askReceiver } from './place.ts';
import { formatCameraTable } from './table.ts';

/** Does `cameras`. */
export const printCameras: Work = async (run, terminal) => {
  checkRun(receiverCommandLine, run);
  const values = readOptions(listOptions, run.options);
  const { place, answer } = await askReceiver(values.port, { command: 'cameras' } satisfies ControlRequest);
  const cameras =
    answer === undefined ? listCameras(await readCameras(place.cameras, terminal), () => false) : readAnswer(answer);
  if (values.json) await printText(JSON.stringify(cameras));
  else await printText(formatCameraTable(cameras).join('\n'));
  if (answer === undefined) terminal.info(`no receiver runs on port ${values.port} now`);
  return undefined;
};

/** Does `forget`. */
export const forgetCamera: Work = async (run, terminal) => {
  checkRun(receiverCommandLine, run);
  const { camera: name, port } = readOptions(forgetOptions, run.options);
  const { place, answer } = await askReceiver(port, { command: 'forget', camera: name } satisfies ControlRequest);
  const objection = answer === undefined ? await forgetInFile(place.cameras, name, terminal) : readError(answer);
  if (objection !== undefined) throw new CodedError('BAD_OPTION', objection);
  terminal.info(`forgot the camera ${name}`);
  return undefined;
};

/** No receiver runs that keeps the file. */
async function forgetInFile(path: string, name: string, log: Log): Promise<string | undefined> {
  const cameras = await readCameras(path, log);
  const objection = findObjection(
    name,
    listCameras(cameras, () => false),
  );
  if (objection !== undefined) return objection;
  await replaceFile(path, formatKnown(cameras.filter(({ key }) => key !== name))).catch(async (error) => {
    throw new CodedError('OUTPUT_FAILED', `Cannot change ${path}: ${await describeWriteError(error, path)}`);
  });
  return undefined;
}

function isAnswer(answer: unknown): answer is { readonly cameras: readonly ListedCamera[] } {
  const { cameras } = (answer ?? {}) as { cameras?: unknown };
  return Array.isArray(cameras) && cameras.every(isListed);
}

function readAnswer(answer: unknown): readonly ListedCamera[] {
  if (isAnswer(answer)) return answer.cameras;
  throw new CodedError('CONNECT_FAILED', 'Cannot read the answer of the receiver: it may have another version');
}

function isListed(camera: unknown): boolean {
  const { key, name, firstSeen, lastSeen, version } = (camera ?? {}) as Record<string, unknown>;
  return [key, name, firstSeen, lastSeen, version ?? ''].every((text) => typeof text === 'string');
}

function readError(answer: unknown): string | undefined {
  const { error } = (answer ?? {}) as { error?: unknown };
  return error === undefined ? undefined : replaceUnprintable(String(error));
}
