// The text of a unit. `service` and the Debian packages make theirs of it.
import { dirname } from 'node:path';
import type { CommandLine } from '../options/commands.ts';
import { escapeSpecifiers } from './quoting.ts';
import { listSandbox, type SandboxNeeds } from './sandbox.ts';

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

/** All that differs from unit to unit. */
export interface UnitParts {
  readonly commandLine: CommandLine;
  /** For the reader, one line each. */
  readonly comments: readonly string[];
  /** `Description=`, and other lines about the unit itself. */
  readonly about: readonly string[];
  /** `ExecStart=`, and the lines that say where its options and secrets are. */
  readonly start: readonly string[];
  /** Whether the journal gets the program's standard output. */
  readonly isForOutput: boolean;
  /** Longest normal time from frame to frame, in milliseconds. */
  readonly intervalMs: number;
  /** Whether an end with exit code 0 is no reason to start the program again. */
  readonly endsByItself: boolean;
  readonly sandbox: SandboxNeeds;
}

/** The text of a unit, without the last line end. */
export function composeUnit(parts: UnitParts): string {
  const lines = [
    ...parts.comments.map((comment) => `# ${escapeSpecifiers(comment)}`),
    '[Unit]',
    ...parts.about,
    'Wants=network-online.target',
    'After=network-online.target nss-lookup.target',
    '# Cameras and networks come back: it is started again for ever.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    ...parts.start,
    '# These are meant for other programs on this machine.',
    `UnsetEnvironment=${foreignVariables.join(' ')}`,
    ...listPlaces(parts),
    ...listSupervision(parts),
    '',
    ...listSandbox(parts.sandbox),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
  return lines.join('\n');
}

/** The one folder that it may write to; systemd makes it, and keeps it for this service. */
function listPlaces({ commandLine, isForOutput }: UnitParts): string[] {
  const { stateFolder } = commandLine.service;
  if (stateFolder === undefined) return [];
  // Each unit has a user of its own. systemd would give a folder that two units name to the user of
  // the unit that starts last, and the other unit could write nothing any more.
  const parent = dirname(stateFolder);
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
function listSupervision({ commandLine, intervalMs, endsByItself }: UnitParts): string[] {
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
    '# A restart does not cure wrong options. A wrong addon comes of half an update, and goes again.',
    'RestartPreventExitStatus=2',
  ];
}
