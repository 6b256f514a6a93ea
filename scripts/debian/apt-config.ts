import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastWords, requireCommand, runCommand } from './command.ts';
import { holdLock } from './lock.ts';
import { userCachePath } from './user-cache.ts';

export interface ArchiveOptions {
  suite: 'bookworm' | 'trixie';
  arch: 'amd64' | 'arm64';
  /** Also take the index of source packages. */
  sources?: boolean;
}

/** A private APT configuration on disk. */
export interface AptConfig extends ArchiveOptions {
  /** Holds apt.conf, sources.list, lists, cache and archives. */
  directory: string;
  /** An archives folder that is always empty. */
  emptyArchives: string;
  /** Environment that makes every APT tool use it. */
  env: NodeJS.ProcessEnv;
  /** Mirror addresses, from the system's own APT. */
  mirrors: Mirrors;
}

export interface Mirrors {
  /** Of the Debian archive itself, without a slash at the end. */
  main: string;
  /** Of the security archive, where the system uses one. */
  security: string | undefined;
}

const NETWORK_SETTINGS =
  /^Acquire::(https?|tor|socks5h|mirror|ForceIPv[46]|Retries|Check-[\w-]+|Allow[\w-]+|Proxy[\w-]*)\b/i;
const LISTS_FRESH_MS = 24 * 60 * 60_000;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Writes the configuration for one suite and architecture into the user cache. Touches nothing of the system's. */
export async function writeAptConfig(options: ArchiveOptions): Promise<AptConfig> {
  const mirrors = await findMirrors();
  const directory = userCachePath('apt', `${options.suite}-${options.arch}${options.sources ? '-sources' : ''}`);
  for (const part of [
    'lists/partial',
    'archives/partial',
    'empty-archives/partial',
    'cache',
    'preferences.d',
    'empty.d',
  ]) {
    await mkdir(join(directory, part), { recursive: true });
  }
  const file = join(directory, 'apt.conf');
  await writeFile(join(directory, 'status'), '');
  await writeFile(join(directory, 'sources.list'), describeSources(options, mirrors));
  await writeFile(file, await describeConfig(options, directory));
  const emptyArchives = join(directory, 'empty-archives');
  return { ...options, directory, emptyArchives, mirrors, env: { APT_CONFIG: file } };
}

/**
 * Runs apt-get under the private configuration and gives its standard output. Fetches the package lists first when
 * they are missing or a day old, and once more when the archive has moved on under an older list.
 */
export async function runApt(config: AptConfig, args: readonly string[], cwd = config.directory): Promise<string> {
  const release = await holdLock(join(config.directory, 'lock'), () =>
    process.stderr.write(`debian: waiting for another user of the ${config.suite} ${config.arch} lists\n`),
  );
  try {
    const fresh = await updateLists(config, LISTS_FRESH_MS);
    const first = await runCommand('apt-get', args, { env: config.env, cwd });
    if (first.status === 0) return first.stdout;
    if (!fresh) await updateLists(config, 0);
    return await requireCommand(describeTask(config, args), 'apt-get', args, { env: config.env, cwd });
  } finally {
    await release();
  }
}

/** Fetches the lists unless they are younger than `maxAgeMs`; tells whether it did. */
async function updateLists(config: AptConfig, maxAgeMs: number): Promise<boolean> {
  const stamp = join(config.directory, 'updated');
  const age = existsSync(stamp) ? Date.now() - (await stat(stamp)).mtimeMs : Number.POSITIVE_INFINITY;
  if (age < maxAgeMs) return false;
  const update = await runCommand('apt-get', ['update'], { env: config.env });
  // Half an update leaves a warning and status 0; lists of yesterday are then better than none.
  const partial = /^[WE]: .*(Failed to fetch|not signed)/m.test(update.stderr);
  if (update.status !== 0 || (partial && age === Number.POSITIVE_INFINITY)) {
    throw new Error(`Cannot fetch Debian's ${config.suite} ${config.arch} package lists: ${lastWords(update)}`);
  }
  if (!partial) await writeFile(stamp, '');
  return true;
}

function describeTask(config: AptConfig, args: readonly string[]): string {
  const names = args.filter((arg) => !arg.startsWith('-'));
  return `Getting Debian ${config.suite} ${config.arch} packages (${names.join(' ')})`;
}

/** The addresses that the system's APT would update from; asks no network and needs no lists. */
async function findMirrors(): Promise<Mirrors> {
  const uris = await requireCommand('Asking APT for its mirrors', 'apt-get', ['update', '--print-uris']);
  let main: string | undefined;
  let security: string | undefined;
  for (const [, base, suite] of uris.matchAll(/^'(.+)\/dists\/([^/']+)(?:\/[^/']+)?\/InRelease'/gm)) {
    if (/^(bookworm|trixie|forky|sid|stable|oldstable|testing)$/.test(suite ?? '')) main ??= base;
    if (/^(bookworm|trixie|forky|stable|oldstable|testing)-security$/.test(suite ?? '')) security ??= base;
  }
  if (main === undefined) {
    throw new Error(
      "Cannot find a Debian mirror in this system's APT sources: add one of bookworm or trixie and try again",
    );
  }
  return { main, security };
}

function describeSources(options: ArchiveOptions, mirrors: Mirrors): string {
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
  const places = [
    [mirrors.main, options.suite],
    [mirrors.main, `${options.suite}-updates`],
    [mirrors.security, `${options.suite}-security`],
  ].filter(([base]) => base !== undefined);
  const types = options.sources ? ['deb', 'deb-src'] : ['deb'];
  const lines = types.flatMap((type) => places.map(([base, suite]) => `${type} ${signed}${base} ${suite} main\n`));
  return lines.join('');
}

async function describeConfig(options: ArchiveOptions, directory: string): Promise<string> {
  // The system's way to the network (proxies and the like) holds here too; everything else is our own.
  const dump = await requireCommand('Reading the APT configuration', 'apt-config', ['dump', 'Acquire']);
  const acquire = dump.split('\n').filter((line) => NETWORK_SETTINGS.test(line));
  const own: readonly (readonly [string, string])[] = [
    ['Acquire::Languages', 'none'],
    ['Acquire::GzipIndexes', 'true'],
    ['APT::Architecture', options.arch],
    ['APT::Architectures::', options.arch],
    ['APT::Get::Assume-Yes', 'true'],
    ['APT::Sandbox::User', 'root'],
    ['APT::Default-Release', ''],
    ['Dir::Etc::main', '/dev/null'],
    ['Dir::Etc::parts', join(directory, 'empty.d')],
    ['Dir::Etc::sourcelist', join(directory, 'sources.list')],
    ['Dir::Etc::sourceparts', join(directory, 'empty.d')],
    ['Dir::Etc::preferences', '/dev/null'],
    ['Dir::Etc::preferencesparts', join(directory, 'preferences.d')],
    ['Dir::State', directory],
    ['Dir::State::lists', join(directory, 'lists')],
    ['Dir::State::status', join(directory, 'status')],
    ['Dir::State::extended_states', join(directory, 'extended_states')],
    ['Dir::Cache', join(directory, 'cache')],
    ['Dir::Cache::archives', join(directory, 'archives')],
    ['Dir::Log', directory],
  ];
  const lines = [...acquire, '#clear APT::Architectures;', ...own.map(([key, value]) => `${key} "${value}";`)];
  return `${lines.join('\n')}\n`;
}
