import { constants, existsSync, readFileSync, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { CodedError } from '../../../errors.ts';
import { isHost } from '../../../network/address.ts';
import { parseFingerprint } from '../../../network/tls/fingerprint.ts';
import { isName } from '../../../protocol/wire2/message.ts';
import { errorLine } from '../../../system/error-line.ts';
import { describeFileError, describeWriteError } from '../../../system/file-error.ts';
import { makeFolders } from '../../../system/folders.ts';
import { replaceFile } from '../../../system/replace-file.ts';
import { findStateFolder, stateFolderAdvice } from '../../../system/state-folder.ts';
import type { JoinedReceiver } from '../../../transport/connect/join.ts';
import { describeOpenFile } from '../../open-files.ts';

const fileName = 'receiver.json';
/** The folder of the package, whose files its service gets as credentials with this prefix. */
const packageFolder = '/etc/image-sender';
const packagePrefix = 'etc_';

/** The file that keeps the receiver of this user; undefined: the user has no folder for it. */
export function findReceiverFile(): string | undefined {
  const { CREDENTIALS_DIRECTORY: credentials, XDG_STATE_HOME: state } = process.env;
  // A service gets the file from systemd.
  const given = [fileName, `${packagePrefix}${fileName}`].map((name) => join(credentials ?? '', name));
  const found = credentials === undefined ? undefined : given.find((path) => existsSync(path));
  if (found !== undefined) return found;
  // The service of the package and root use the same file.
  if (process.getuid?.() === 0 && state === undefined && existsSync(packageFolder)) {
    return join(packageFolder, fileName);
  }
  const folder = findStateFolder();
  return folder === undefined ? undefined : join(folder, fileName);
}

/**
 * The receiver that this user has joined; undefined: none.
 * @throws CodedError BAD_OPTION where the file cannot be read
 */
export function readReceiverFile(): JoinedReceiver | undefined {
  const path = findReceiverFile();
  if (path === undefined) return undefined;
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const reason = code === undefined ? errorLine(error) : describeFileError(error);
    const advice = 'image-sender join CODE writes it anew';
    throw new CodedError('BAD_OPTION', `Cannot read the receiver that was joined in ${path}: ${reason}. ${advice}`);
  }
}

/** Lines to warn with if others can read the token in the file, or say where the pictures go. */
export function checkReceiverFile(): string[] {
  const path = findReceiverFile();
  if (path === undefined) return [];
  const { uid } = statSync(path, { throwIfNoEntry: false }) ?? {};
  const isOfOther = uid !== undefined && uid !== 0 && uid !== process.getuid?.();
  const owner = `another user (${uid}) owns ${path} and can say where the pictures go: image-sender join CODE writes it anew`;
  return [...describeOpenFile(path, path), ...(isOfOther ? [owner] : [])];
}

/**
 * Makes sure that the file can be written, as a code is good once.
 * @returns its path
 * @throws CodedError OUTPUT_FAILED
 */
export async function prepareReceiverFile(): Promise<string> {
  const path = findReceiverFile();
  if (path === undefined) {
    throw new CodedError(
      'OUTPUT_FAILED',
      `Cannot keep the token as this user has no home folder. ${stateFolderAdvice}`,
    );
  }
  const folder = dirname(path);
  await makeFolders(folder, 0o700)
    .then(() => access(folder, constants.W_OK | constants.X_OK))
    .catch((error) => explain(error, path));
  return path;
}

/** @param path as `prepareReceiverFile` gives it. @throws CodedError OUTPUT_FAILED */
export async function writeReceiverFile(path: string, receiver: JoinedReceiver): Promise<void> {
  await replaceFile(path, `${JSON.stringify(receiver, null, 2)}\n`).catch((error) => explain(error, path));
}

async function explain(error: unknown, path: string): Promise<never> {
  const reason = await describeWriteError(error, path);
  throw new CodedError('OUTPUT_FAILED', `Cannot keep the token in ${path}: ${reason}. ${stateFolderAdvice}`);
}

/** @throws Error where it is something else than `writeReceiverFile` writes */
function parse(text: string): JoinedReceiver {
  const { host, port, pin, token, name } = (JSON.parse(text) ?? {}) as Record<string, unknown>;
  const isPlace = typeof host === 'string' && isHost(host) && isPort(port);
  const isTrust = typeof pin === 'string' && typeof token === 'string' && /^[!-~]{8,512}$/.test(token);
  if (!isPlace || !isTrust || typeof name !== 'string' || !isName(name) || parseFingerprint(pin) === undefined) {
    throw new Error('it has no right host, port, pin, token and name');
  }
  return { host, port: Number(port), pin, token, name };
}

function isPort(port: unknown): boolean {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}
