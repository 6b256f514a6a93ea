import { resolve } from 'node:path';
import { badOption, type RawOptions, readBytes, readInteger, readOptionalText, readSwitch } from '../options/values.ts';
import { CodedError } from '../protocol/errors.ts';
import { hookKinds } from '../sinks/hooks/hook-event.ts';
import { splitWords } from '../sinks/hooks/split-words.ts';
import { maxQueuedBytes } from '../sinks/queue/queued-sink.ts';
import { isWithinFolder } from '../system/paths.ts';
import { findSourcePaths, formatArguments, formatCredentials, type ServiceCommand } from './arguments.ts';
import { escapeSpecifiers, quoteArgument, quoteProgram } from './quoting.ts';
import { listSandbox, type SandboxNeeds } from './sandbox.ts';

export interface ServiceRequest extends ServiceCommand {
  /** What starts the program, absolute, as `describeProgram` says. */
  readonly program: readonly [string, ...string[]];
  /** Longest usual time from frame to frame, milliseconds; 0 where none is waited for. */
  readonly intervalMs: number;
  /** Whether it ends by itself, because of --count for one. */
  readonly endsByItself: boolean;
}

export interface ServiceUnit {
  /** The unit file, without the last line end. */
  readonly text: string;
  /** What to know before it is installed, one line each. */
  readonly warnings: readonly string[];
}

const sources: readonly (string | undefined)[] = ['camera', 'rpicam', 'video', 'pattern', 'folder'];
/** The one place where the receiver may write; systemd makes it, and keeps it for this service. */
const stateFolder = '/var/lib/image-receiver';
/** Options that name a folder to write to. */
const keptFolders: readonly string[] = ['save', 'record'];
/** Options by which pictures stay in memory for a while: those that wait, and of the page those of cameras that are away. */
const holdingSinks: readonly string[] = [...keptFolders, 'decode', 'web', 'publish'];
/** What a service does not see. */
const hiddenFolders: readonly string[] = ['/home', '/root', '/run/user', '/tmp', '/var/tmp'];
/** What Node, and the libraries in it, would do something else for than the unit says. Packages heed the first two never. */
const foreignVariables: readonly string[] = [
  ...['NODE_OPTIONS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_REPL_EXTERNAL_MODULE', 'NODE_PATH', 'NODE_V8_COVERAGE'],
  ...['NODE_COMPILE_CACHE', 'NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'OPENSSL_CONF', 'OPENSSL_MODULES', 'SSLKEYLOGFILE'],
];
/** With less, a busy machine would look like a hung camera. */
const minWatchdogSeconds = 30;

/** A unit for systemd that runs the program with these options. @throws CodedError BAD_OPTION for what cannot be a service */
export function formatUnit(request: ServiceRequest): ServiceUnit {
  const { program, commandLine, command } = request;
  const isReceiver = commandLine.program === 'image-receiver';
  if (isReceiver) checkReceiver(request);
  else checkSender(request);
  const warnings = [...program.filter(isHidden).map(describeHidden), ...findPasswords(request.options)];
  const lines = [
    ...warnings.map((warning) => `# ${escapeSpecifiers(warning)}`),
    '[Unit]',
    `Description=${isReceiver ? commandLine.program : `${commandLine.program} ${command}`}`,
    'Wants=network-online.target',
    'After=network-online.target nss-lookup.target',
    '# Cameras and networks come back: it is started again for ever.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `ExecStart=${[quoteProgram(program[0]), ...program.slice(1).map(quoteArgument), ...formatArguments(request)].join(' ')}`,
    ...formatCredentials(request).map((credential) => `LoadCredential=${credential}`),
    '# Whatever is meant for other programs on this machine.',
    `UnsetEnvironment=${foreignVariables.join(' ')}`,
    ...(isReceiver ? listReceiverPlaces(request) : []),
    ...listSupervision(request),
    '',
    ...listSandbox(isReceiver ? receiverNeeds(request) : senderNeeds(request)),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
  return { text: lines.join('\n'), warnings };
}

/** Everyone may read units. */
function findPasswords(options: RawOptions): string[] {
  const names = ['publish', 'subscribe'].filter((name) => readOptionalText(options, name)?.includes('@'));
  return names.map(
    (name) => `this unit holds the password in --${name}, for all to read: --nats-login takes it from a file`,
  );
}

function checkSender({ command, options }: ServiceRequest): void {
  if (readSwitch(options, 'list'))
    throw new CodedError('BAD_OPTION', 'Cannot make a service with --list: leave it out');
  if (sources.includes(command)) return;
  const reason = command === 'pipe' ? ', as a service has no standard input' : '';
  const advice = 'use camera, rpicam, video, folder or pattern';
  throw new CodedError('BAD_OPTION', `Cannot make a service of '${command ?? ''}'${reason}: ${advice}`);
}

function checkReceiver({ options }: ServiceRequest): void {
  if (readSwitch(options, 'show')) {
    throw new CodedError('BAD_OPTION', 'Cannot make a service with --show, as it has no screen: leave it out');
  }
  if (options['stdout'] !== undefined) {
    throw new CodedError('BAD_OPTION', 'Cannot make a service with --stdout, as nobody reads there: leave it out');
  }
  checkHooks(options);
  for (const name of keptFolders) {
    const folder = readOptionalText(options, name);
    if (folder === undefined || isWithinFolder(resolve(stateFolder, folder), stateFolder)) continue;
    throw badOption(name, `a folder such as pictures, which a service keeps in ${stateFolder}`, folder);
  }
}

/** A program beside the one who prints the unit is not beside the service. */
function checkHooks(options: RawOptions): void {
  if (readSwitch(options, 'hook-shell')) return;
  for (const kind of hookKinds) {
    const text = readOptionalText(options, `on-${kind}`);
    const program = text === undefined ? undefined : splitWords(text)[0];
    if (text === undefined || !program?.includes('/') || program.startsWith('/')) continue;
    throw badOption(`on-${kind}`, 'a program with its whole path, as a service has another folder', text);
  }
}

function listReceiverPlaces({ options }: ServiceRequest): string[] {
  return [
    `StateDirectory=${stateFolder.replace('/var/lib/', '')}`,
    'StateDirectoryMode=0700',
    `WorkingDirectory=${stateFolder}`,
    '# Where --tls keeps its key.',
    `Environment=XDG_STATE_HOME=${stateFolder}`,
    // A line a frame would drown what the journal is for.
    ...(readSwitch(options, 'json')
      ? []
      : ['# Messages are in the journal; a line a frame is not.', 'StandardOutput=null']),
  ];
}

/** When it is ready, when it hangs, and what follows. */
function listSupervision({ commandLine, intervalMs, endsByItself }: ServiceRequest): string[] {
  const isReceiver = commandLine.program === 'image-receiver';
  return [
    'Type=notify',
    '# The program tells through a child, systemd-notify.',
    'NotifyAccess=all',
    'TimeoutStartSec=60',
    isReceiver
      ? '# It is told that all is well unless a disk hangs, which restarts the service; without senders all is well.'
      : '# It is told that all is well while frames flow, and only then: a hung camera restarts the service.',
    `WatchdogSec=${Math.max(minWatchdogSeconds, Math.ceil((3 * intervalMs) / 1000))}`,
    'WatchdogSignal=SIGTERM',
    'TimeoutAbortSec=10',
    '# The program gives up by itself after 20.',
    'TimeoutStopSec=25',
    'KillMode=mixed',
    `Restart=${endsByItself ? 'on-failure' : 'always'}`,
    'RestartSec=2',
    '# Wrong options and a missing addon do not mend themselves.',
    'RestartPreventExitStatus=2 7',
  ];
}

function senderNeeds(request: ServiceRequest): SandboxNeeds {
  const bufferMiB = Math.ceil(readBytes(request.options, 'buffer', 1, 4e9) / 2 ** 20);
  return {
    source: request.command,
    memoryMiB: 512 + bufferMiB,
    hasLowPort: false,
    hiddenPaths: findSourcePaths(request).filter(isHidden),
  };
}

function receiverNeeds({ options }: ServiceRequest): SandboxNeeds {
  const port = readInteger(options, 'port', 0, 65535);
  // Each may be within its largest frame.
  const frameBytes = readBytes(options, 'max-frame', 1000, 1e9) * readInteger(options, 'max-senders', 1, 100_000);
  const sinks = holdingSinks.filter((name) => options[name] !== undefined && options[name] !== false);
  const memoryMiB = 512 + Math.ceil((frameBytes + sinks.length * maxQueuedBytes) / 2 ** 20);
  const ports = [port, Number(/\d+$/.exec(readOptionalText(options, 'web') ?? '')?.[0] ?? 0)];
  const hasLowPort = ports.some((number) => number > 0 && number < 1024);
  return { source: undefined, memoryMiB, hasLowPort, hiddenPaths: [] };
}

function isHidden(path: string): boolean {
  return hiddenFolders.some((folder) => isWithinFolder(path, folder));
}

function describeHidden(path: string): string {
  return `${path} is where a service sees nothing: copy the program to /opt, and print the unit there`;
}
