import { isAbsolute, normalize, resolve } from 'node:path';
import { CodedError } from '../errors.ts';
import { findCommand } from '../options/commands.ts';
import type { Holding } from '../options/option.ts';
import { badOption } from '../options/readers.ts';
import { isWithinFolder } from '../system/paths.ts';
import {
  findCommandPaths,
  findSourcePaths,
  formatArguments,
  formatCredentials,
  listGiven,
  readWord,
  type ServiceCommand,
} from './arguments.ts';
import { composeUnit } from './compose.ts';
import { quoteArgument, quoteProgram } from './quoting.ts';
import type { SandboxNeeds } from './sandbox.ts';

export interface ServiceRequest extends ServiceCommand {
  /** The words that start the program, with absolute paths: see `describeProgram`. */
  readonly program: readonly [string, ...string[]];
  /** The file behind the first of these words, which may be a link. */
  readonly programFile: string;
  /** The group that may switch pins on this machine; undefined: there is none. */
  readonly pins?: string | undefined;
  /** Longest normal time from frame to frame, in milliseconds; 0 if none is expected. */
  readonly intervalMs: number;
  /** Whether it ends by itself, because of --count for one. */
  readonly endsByItself: boolean;
}

export interface ServiceUnit {
  /** The unit file, without the last line end. */
  readonly text: string;
  /** To be read before it is installed, one line each. */
  readonly warnings: readonly string[];
}

/** A service sees none of these. */
const hiddenFolders: readonly string[] = ['/home', '/root', '/run/user', '/tmp', '/var/tmp'];
/** For the program itself. */
const baseMiB = 512;

/**
 * A unit for systemd that runs the program with these options.
 * @throws CodedError BAD_OPTION for what cannot be a service
 */
export function formatUnit(request: ServiceRequest): ServiceUnit {
  const { program, programFile, commandLine, command } = request;
  checkCommand(request);
  checkOptions(request);
  const paths = [...new Set([...program, programFile])];
  const warnings = [...paths.filter(isHidden).map(describeHidden), ...findPasswords(request)];
  const words = [quoteProgram(program[0]), ...program.slice(1).map(quoteArgument), ...formatArguments(request)];
  const text = composeUnit({
    commandLine,
    comments: warnings,
    about: [`Description=${[commandLine.program, command ?? []].flat().join(' ')}`],
    start: [
      `ExecStart=${words.join(' ')}`,
      ...formatCredentials(request).map((credential) => `LoadCredential=${credential}`),
    ],
    isForOutput: listGiven(request).some(([, { service }]) => service?.isForOutput),
    intervalMs: request.intervalMs,
    endsByItself: request.endsByItself,
    sandbox: findNeeds(request),
  });
  return { text, warnings };
}

/** Everyone may read units. */
function findPasswords(request: ServiceCommand): string[] {
  const logins = listGiven(request).filter(([name, { holds }]) => holds === 'login' && isPassword(request, name));
  return logins.map(
    ([name]) =>
      `this unit holds the password in --${name}, and everyone can read it: --nats-login reads it from a file`,
  );
}

function isPassword({ options }: ServiceCommand, name: string): boolean {
  return readWord(options, name).includes('@');
}

/** Refuses a command that no service can run. @throws CodedError BAD_OPTION */
export function checkCommand({ commandLine, command }: Pick<ServiceCommand, 'commandLine' | 'command'>): void {
  const reason = findCommand(commandLine, command)?.needs?.refused;
  if (reason === undefined) return;
  const others = commandLine.commands.filter(({ needs }) => needs?.refused === undefined);
  const names = others.map((other) => other.command);
  const advice = `use ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  throw new CodedError('BAD_OPTION', `Cannot make a service of '${command}', ${reason}: ${advice}`);
}

/** Refuses options that a service cannot have, or not where it runs. */
function checkOptions(request: ServiceCommand): void {
  const given = listGiven(request);
  const isUsed = (name: string) => given.some(([other]) => other === name);
  const { stateFolder } = request.commandLine.service;
  for (const [name, { service, holds }] of given) {
    const refused = service?.refused;
    if (refused !== undefined) throw new CodedError('BAD_OPTION', `Cannot make a service with --${name}, ${refused}`);
    const text = String(request.options[name]);
    const wanted = service?.mustBe?.(text, isUsed) ?? checkPlace(text, holds, stateFolder);
    if (wanted !== undefined) throw badOption(name, wanted, text);
  }
}

/**
 * Says how a folder or a file must be that the program writes to; undefined: it is right. A service
 * runs as a user of its own, which may write only below one folder. That has the name under which
 * the unit is installed, which nobody knows here: so the path must not name the folder.
 */
function checkPlace(path: string, holds: Holding | undefined, stateFolder: string | undefined): string | undefined {
  if ((holds !== 'folder' && holds !== 'output') || stateFolder === undefined) return undefined;
  const example = holds === 'folder' ? 'a folder such as pictures' : 'a file such as frames.txt';
  const inside = normalize(path);
  const isOutside = isAbsolute(inside) || isWithinFolder(inside, '..');
  // The folder itself is no file.
  const isRight = !isOutside && (holds === 'folder' || resolve('/', inside) !== '/');
  return isRight ? undefined : `${example}, which a service keeps in ${stateFolder}`;
}

function findNeeds(request: ServiceRequest): SandboxNeeds {
  const { commandLine, command, options } = request;
  const ports = listGiven(request).map(([name, { service }]) => service?.port?.(String(options[name])) ?? 0);
  return {
    devices: findCommand(commandLine, command)?.needs?.devices,
    memoryMax: `${baseMiB + Math.ceil(commandLine.service.memoryBytes(options) / 2 ** 20)}M`,
    hasLowPort: ports.some((port) => port > 0 && port < 1024),
    hiddenPaths: [...new Set([...findSourcePaths(request), ...findCommandPaths(request)])].filter(isHidden),
    pins: listGiven(request).some(([, { service }]) => service?.usesPins) ? request.pins : undefined,
  };
}

function isHidden(path: string): boolean {
  return hiddenFolders.some((folder) => isWithinFolder(path, folder));
}

function describeHidden(path: string): string {
  return `${path} is hidden from services: copy the program to /opt, and print the unit there`;
}
