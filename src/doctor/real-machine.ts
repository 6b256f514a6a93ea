import { access, constants, readdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { isListeningHere } from '../network/listening-here.ts';
import { describeAddonCommand } from '../opencv/addon-command.ts';
import { AddonError, loadOpenCv } from '../opencv/load.ts';
import { listUsbCameras } from '../sources/camera/camera-list.ts';
import { listCsiCameras } from '../sources/rpicam/rpicam-list.ts';
import { isSameFile } from '../system/own-path.ts';
import { runProgram } from '../system/run-program.ts';
import { isDeno, isPackaged } from '../system/runtime.ts';
import { findProgram } from '../system/search-path.ts';
import { quoteWord } from '../system/shell-word.ts';
import type { CommandResult, Machine, Runtime } from './machine.ts';

const maxFileBytes = 64 * 1024;
/** Longer than `askInTime` waits. */
const timeoutMs = 60_000;

/**
 * The machine that this program runs on.
 * @param root the folder that stands for `/`
 */
export function createMachine(root = '/', environment: NodeJS.ProcessEnv = process.env): Machine {
  const runtime = findRuntime();
  return {
    readText: (path) => readText(join(root, path)),
    list: (folder) => readdir(join(root, folder)).catch(() => []),
    canOpen: (path) =>
      access(join(root, path), constants.R_OK | constants.W_OK).then(
        () => true,
        () => false,
      ),
    async run(command, args, signal) {
      const path = await findProgram(command, environment);
      return path === undefined ? undefined : runCommand(path, args, environment, signal);
    },
    loadAddon,
    listUsbCameras: () => listUsbCameras(),
    listCsiCameras: (signal) => listCsiCameras(signal, environment),
    isListening: (port) => isListeningHere(port, join(root, 'proc/self/net')),
    architecture: process.arch,
    runtime,
    userName: findUserName(),
    ownCommand: describeOwnCommand(runtime, environment),
    addonCommand: describeAddonCommand(),
  };
}

/** Without the command in the message: the report shows it apart. */
function loadAddon(): void {
  try {
    loadOpenCv();
  } catch (error) {
    throw error instanceof AddonError ? new Error(error.reason) : error;
  }
}

/** The program's words are English, whatever the machine's language. */
async function runCommand(
  path: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<CommandResult> {
  // When the signal aborts, nobody reads the answer any more, so that the program is killed at
  // once.
  const options = { environment: { ...environment, LC_ALL: 'C' }, timeoutMs, signal, killAfterMs: 0 };
  const { output, failure } = await runProgram(path, args, options);
  return { isGood: failure === undefined, output };
}

async function readText(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text?.slice(0, maxFileBytes);
}

function findRuntime(): Runtime {
  if (isDeno()) return { kind: 'Deno', version: process.versions['deno'] ?? '' };
  return { kind: isPackaged() ? 'packaged' : 'Node', version: process.versions.node };
}

/** Undefined for a user that has a number and no name. */
function findUserName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** The command that a person would type in this folder. */
function describeOwnCommand({ kind }: Runtime, environment: NodeJS.ProcessEnv): string {
  const program = describeProgram(process.execPath, environment);
  const script = quoteWord(relative(process.cwd(), process.argv[1] ?? ''));
  switch (kind) {
    case 'packaged':
      return program;
    case 'Node':
      return `${program} ${script}`;
    case 'Deno':
      return `${program} run -A ${script}`;
  }
}

/** The name of the program where the search path leads to it, else its path. */
function describeProgram(path: string, environment: NodeJS.ProcessEnv): string {
  const name = path.split('/').at(-1) ?? '';
  if ((environment['PATH'] ?? '').split(':').some((folder) => isSameFile(join(folder, name), path))) return name;
  const near = relative(process.cwd(), path);
  if (near.startsWith('../..')) return quoteWord(path);
  return quoteWord(dirname(near) === '.' ? `./${near}` : near);
}
