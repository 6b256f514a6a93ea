import { dirname, isAbsolute, normalize, resolve } from 'node:path';
import { CodedError } from '../errors.ts';
import { findCommand } from '../options/commands.ts';
import type { Holding } from '../options/option.ts';
import { badOption } from '../options/readers.ts';
import { isWithinFolder } from '../system/paths.ts';
import {
  findSourcePaths,
  formatArguments,
  formatCredentials,
  listGiven,
  readWord,
  type ServiceCommand,
} from './arguments.ts';
import { escapeSpecifiers, quoteArgument, quoteProgram } from './quoting.ts';
import { listSandbox, type SandboxNeeds } from './sandbox.ts';

export interface ServiceRequest extends ServiceCommand {
  /** The words that start the program, with absolute paths: see `describeProgram`. */
  readonly program: readonly [string, ...string[]];
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
/**
 * With these, Node and its libraries would do something else than the unit says. Packages never
 * heed the first two.
 */
const foreignVariables: readonly string[] = [
  ...['NODE_OPTIONS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_REPL_EXTERNAL_MODULE', 'NODE_PATH', 'NODE_V8_COVERAGE'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA'],
  ...['NODE_COMPILE_CACHE', 'NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'OPENSSL_CONF', 'OPENSSL_MODULES', 'SSLKEYLOGFILE'],
];
/** With less, a busy machine would look like a hung camera. */
const minWatchdogSeconds = 30;
/** For the program itself. */
const baseMiB = 512;

/**
 * A unit for systemd that runs the program with these options.
 * @throws CodedError BAD_OPTION for what cannot be a service
 */
export function formatUnit(request: ServiceRequest): ServiceUnit {
  const { program, commandLine, command } = request;
  checkCommand(request);
  checkOptions(request);
  const warnings = [...program.filter(isHidden).map(describeHidden), ...findPasswords(request)];
  const lines = [
    ...warnings.map((warning) => `# ${escapeSpecifiers(warning)}`),
    '[Unit]',
    `Description=${[commandLine.program, command ?? []].flat().join(' ')}`,
    'Wants=network-online.target',
    'After=network-online.target nss-lookup.target',
    '# Cameras and networks come back: it is started again for ever.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `ExecStart=${[quoteProgram(program[0]), ...program.slice(1).map(quoteArgument), ...formatArguments(request)].join(' ')}`,
    ...formatCredentials(request).map((credential) => `LoadCredential=${credential}`),
    '# These are meant for other programs on this machine.',
    `UnsetEnvironment=${foreignVariables.join(' ')}`,
    ...listPlaces(request),
    ...listSupervision(request),
    '',
    ...listSandbox(findNeeds(request)),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
  return { text: lines.join('\n'), warnings };
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

/** The one folder that it may write to; systemd makes it, and keeps it for this service. */
function listPlaces(request: ServiceCommand): string[] {
  const { stateFolder } = request.commandLine.service;
  if (stateFolder === undefined) return [];
  // Each unit has a user of its own. systemd would give a folder that two units name to the user of
  // the unit that starts last, and the other unit could write nothing any more.
  const parent = dirname(stateFolder);
  const isForOutput = listGiven(request).some(([, { service }]) => service?.isForOutput);
  return [
    `# ${stateFolder}, if the unit has that name.`,
    'StateDirectory=%N',
    'StateDirectoryMode=0700',
    `WorkingDirectory=${parent}/%N`,
    '# Where --tls keeps its key.',
    `Environment=XDG_STATE_HOME=${parent}/%N`,
    // A line a frame would drown what the journal is for.
    ...(isForOutput ? [] : ['# Messages are in the journal; a line a frame is not.', 'StandardOutput=null']),
  ];
}

/** When it is ready, when it hangs, and what follows. */
function listSupervision({ commandLine, intervalMs, endsByItself }: ServiceRequest): string[] {
  return [
    'Type=notify',
    '# The program reports through a child, systemd-notify.',
    'NotifyAccess=all',
    'TimeoutStartSec=60',
    `# ${commandLine.service.watchdog}`,
    `WatchdogSec=${Math.max(minWatchdogSeconds, Math.ceil((3 * intervalMs) / 1000))}`,
    'WatchdogSignal=SIGTERM',
    'TimeoutAbortSec=10',
    '# The program gives up by itself after 20.',
    'TimeoutStopSec=25',
    'KillMode=mixed',
    `Restart=${endsByItself ? 'on-failure' : 'always'}`,
    'RestartSec=2',
    '# A restart does not cure wrong options or a missing addon.',
    'RestartPreventExitStatus=2 7',
  ];
}

function findNeeds(request: ServiceCommand): SandboxNeeds {
  const { commandLine, command, options } = request;
  const ports = listGiven(request).map(([name, { service }]) => service?.port?.(String(options[name])) ?? 0);
  return {
    devices: findCommand(commandLine, command)?.needs?.devices,
    memoryMiB: baseMiB + Math.ceil(commandLine.service.memoryBytes(options) / 2 ** 20),
    hasLowPort: ports.some((port) => port > 0 && port < 1024),
    hiddenPaths: findSourcePaths(request).filter(isHidden),
  };
}

function isHidden(path: string): boolean {
  return hiddenFolders.some((folder) => isWithinFolder(path, folder));
}

function describeHidden(path: string): string {
  return `${path} is hidden from services: copy the program to /opt, and print the unit there`;
}
