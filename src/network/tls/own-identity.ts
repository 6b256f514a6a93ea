import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '../../errors.ts';
import { describeFileError, describeWriteError } from '../../system/file-error.ts';
import { makeFolders } from '../../system/folders.ts';
import { quoteWord } from '../../system/shell-word.ts';
import { findStateFolder, stateFolderAdvice } from '../../system/state-folder.ts';
import { parseTlsIdentity, type TlsIdentity, tlsUnusable } from './identity.ts';

export interface OwnTlsIdentity extends TlsIdentity {
  /** The file with key and certificate. */
  readonly path: string;
  /** Whether this call made it. */
  readonly isNew: boolean;
}

const advice = `${stateFolderAdvice}, or give --tls-cert and --tls-key`;

/**
 * The receiver's own key and certificate, made at the first use and kept in the user's state
 * folder.
 * @throws CodedError TLS_UNUSABLE
 */
export async function openTlsIdentity(): Promise<OwnTlsIdentity> {
  const folder = findStateFolder();
  if (folder === undefined) throw tlsUnusable(`Cannot keep a TLS key as this user has no home folder. ${advice}`);
  const path = join(folder, 'receiver-tls.pem');
  const found = await readOwn(path);
  if (found !== undefined) return { ...found, path, isNew: false };
  const isNew = await makeOwn(path);
  // Another receiver may have been faster. The file on the disk counts: the next start reads it.
  const made = await readOwn(path);
  if (made === undefined) throw tlsUnusable(`Cannot keep the TLS key in ${path}: it is gone again. ${advice}`);
  return { ...made, path, isNew };
}

/** Undefined when there is no file yet. */
async function readOwn(path: string): Promise<TlsIdentity | undefined> {
  const file = await readFileAndMode(path);
  if (file === undefined) return undefined;
  if (isForOthers(file.mode)) {
    // The mode is not corrected in silence: somebody may hold a copy, and only the user can know.
    throw tlsUnusable(
      `Cannot use the TLS key ${path} as others may read it (mode ${formatMode(file.mode)}): chmod 600 ${quoteWord(path)} if nobody did, else remove it and a new one is made`,
    );
  }
  try {
    return parseTlsIdentity({ path, text: file.text }, { path, text: file.text });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw tlsUnusable(`${error.message}. Remove it and a new one is made, with another fingerprint for --tls-pin`);
  }
}

async function readFileAndMode(path: string): Promise<{ text: string; mode: number } | undefined> {
  try {
    await using file = await open(path, 'r');
    return { text: await file.readFile('utf8'), mode: (await file.stat()).mode };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw tlsUnusable(`Cannot read the TLS key ${path}: ${describeFileError(error)}. ${advice}`);
  }
}

/** Makes the file; false when another receiver made one meanwhile. */
async function makeOwn(path: string): Promise<boolean> {
  const partial = `${path}.${randomUUID()}.part`;
  try {
    await makeFolders(dirname(path), 0o700);
    // The library is loaded only here, where it is needed once.
    const { makeCertificate } = await import('./certificate.ts');
    await writePrivate(partial, path, await makeCertificate());
    return await place(partial, path);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw tlsUnusable(`Cannot keep the TLS key in ${path}: ${await describeWriteError(error, path)}. ${advice}`);
  } finally {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

async function writePrivate(partial: string, path: string, text: string): Promise<void> {
  await using file = await open(partial, 'wx', 0o600);
  const { mode } = await file.stat();
  if (isForOthers(mode)) {
    throw tlsUnusable(
      `Cannot keep the TLS key in ${path} as its file system shows it to others (mode ${formatMode(mode)}). ${advice}`,
    );
  }
  await file.writeFile(text);
  await file.sync();
}

/**
 * Gives the whole file its name, unless another file has it: a fingerprint that somebody has noted
 * stays valid.
 */
async function place(partial: string, path: string): Promise<boolean> {
  try {
    await link(partial, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // The file system has no hard links.
    await rename(partial, path);
  }
  return true;
}

function isForOthers(mode: number): boolean {
  return (mode & 0o077) !== 0;
}

function formatMode(mode: number): string {
  return (mode & 0o777).toString(8);
}
