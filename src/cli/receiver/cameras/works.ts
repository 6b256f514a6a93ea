import process from 'node:process';
import { CodedError } from '../../../errors.ts';
import { readCameras } from '../../../frames/camera-memory.ts';
import { CameraRegistry } from '../../../frames/camera-registry.ts';
import { findObjection } from '../../../frames/forget-camera.ts';
import { JoinedCameras } from '../../../frames/joined/joined-cameras.ts';
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
import { forgetOptions, inviteOptions, listOptions } from './commands.ts';
import { type ControlRequest, type ListedCamera, listCameras } from './control.ts';
import { describeUnreachable, drawInvitation, formatInvitation } from './invitation-text.ts';
import type { InvitationAnswer } from './invite.ts';
import { askReceiver, type ReceiverPlace } from './place.ts';
import { formatCameraTable } from './table.ts';

/** Does `cameras`. */
export const printCameras: Work = async (run, terminal) => {
  checkRun(receiverCommandLine, run);
  const values = readOptions(listOptions, run.options);
  const { place, answer } = await askReceiver(values, { command: 'cameras' } satisfies ControlRequest);
  const cameras = answer === undefined ? await listFromFiles(place, terminal) : readAnswer(answer);
  if (values.json) await printText(JSON.stringify(cameras));
  else await printText(formatCameraTable(cameras).join('\n'));
  if (answer === undefined) terminal.info(`no receiver runs on port ${values.port} now`);
  return undefined;
};

/** Does `forget`. */
export const forgetCamera: Work = async (run, terminal) => {
  checkRun(receiverCommandLine, run);
  const { camera: name, ...address } = readOptions(forgetOptions, run.options);
  const { place, answer } = await askReceiver(address, { command: 'forget', camera: name } satisfies ControlRequest);
  const objection = answer === undefined ? await forgetInFiles(place, name, terminal) : readError(answer);
  if (objection !== undefined) throw new CodedError('BAD_OPTION', objection);
  terminal.info(`forgot the camera ${name}`);
  return undefined;
};

/** Does `invite`. */
export const inviteCamera: Work = async (run, terminal) => {
  checkRun(receiverCommandLine, run);
  const { camera, host, port, json } = readOptions(inviteOptions, run.options);
  const { answer } = await askReceiver({ host, port }, { command: 'invite', camera } satisfies ControlRequest);
  if (answer === undefined) {
    const advice = 'Start image-receiver first';
    throw new CodedError('CONNECT_FAILED', `Cannot invite a camera as no receiver runs on port ${port}. ${advice}`);
  }
  const objection = readError(answer);
  if (objection !== undefined) throw new CodedError('BAD_OPTION', objection);
  const invitation = readInvitation(answer);
  if (json) await printText(JSON.stringify(invitation));
  else await printText([...formatInvitation(invitation), ...drawInvitation(invitation, process.stdout)].join('\n'));
  const warning = describeUnreachable(invitation);
  if (warning !== undefined) terminal.warn(warning);
  return undefined;
};

/** No receiver runs that keeps the files. */
async function listFromFiles(place: ReceiverPlace, log: Log): Promise<ListedCamera[]> {
  const joined = await JoinedCameras.open(place.joined);
  const cameras = new CameraRegistry(await readCameras(place.cameras, log));
  for (const { key, name } of joined.all) cameras.addJoined(key, name);
  return listCameras(cameras.known, { isOnline: () => false, joined });
}

/** No receiver runs that keeps the files. */
async function forgetInFiles(place: ReceiverPlace, name: string, log: Log): Promise<string | undefined> {
  const objection = findObjection(name, await listFromFiles(place, log));
  if (objection !== undefined) return objection;
  await (await JoinedCameras.open(place.joined)).forget(name);
  const path = place.cameras;
  const cameras = await readCameras(path, log);
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
  throw unreadable();
}

function readInvitation(answer: unknown): InvitationAnswer {
  const invitation = (answer ?? {}) as Partial<Record<keyof InvitationAnswer, unknown>>;
  const { number, name, code, hosts, port, command, minutes } = invitation;
  const areTexts = Array.isArray(hosts) && [name, code, command, ...hosts].every((text) => typeof text === 'string');
  if (areTexts && [number, port, minutes].every(Number.isInteger)) return invitation as InvitationAnswer;
  throw unreadable();
}

function unreadable(): CodedError {
  return new CodedError('CONNECT_FAILED', 'Cannot read the answer of the receiver: it may have another version');
}

function isListed(camera: unknown): boolean {
  const { key, name, firstSeen, lastSeen, version, joined } = (camera ?? {}) as Record<string, unknown>;
  return [key, name, firstSeen ?? '', lastSeen ?? '', version ?? '', joined ?? ''].every(
    (text) => typeof text === 'string',
  );
}

function readError(answer: unknown): string | undefined {
  const { error } = (answer ?? {}) as { error?: unknown };
  return error === undefined ? undefined : replaceUnprintable(String(error));
}
