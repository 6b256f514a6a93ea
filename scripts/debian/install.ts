import { lastWords, runCommand } from './command.ts';
import { holdLock } from './lock.ts';
import { userCachePath } from './user-cache.ts';

const LOCK_WAIT = ['-o', 'DPkg::Lock::Timeout=600'];

/**
 * Makes sure that the named Debian packages are installed. Nothing missing: returns at once. Else installs them when
 * this process is root or sudo asks for no password; otherwise throws an Error whose one line holds the command to run.
 * `why` completes "installing ... for": "the native addon's build".
 */
export async function installPackages(names: readonly string[], why: string): Promise<void> {
  if ((await findMissing(names)).length === 0) return;
  const release = await holdLock(userCachePath('apt', 'install.lock'), () =>
    process.stderr.write('debian: waiting for another installation of packages to end\n'),
  );
  try {
    // Another run may have installed the missing packages while this one waited.
    const missing = await findMissing(names);
    if (missing.length > 0) await installMissing(missing, why);
  } finally {
    await release();
  }
}

async function installMissing(missing: readonly string[], why: string): Promise<void> {
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const prefix = await findRootPrefix();
  if (prefix === undefined) {
    throw new Error(`Debian packages are missing for ${why}: run  sudo apt-get update && sudo ${line}  and try again`);
  }
  const started = Date.now();
  process.stderr.write(`debian: installing ${missing.join(' ')} for ${why} ... `);
  const updated = await runAsRoot(prefix, ['apt-get', ...LOCK_WAIT, 'update']);
  // An update that failed in part (one repository away) may still be enough; so it only counts when the install fails.
  const installed = await runAsRoot(prefix, [
    ...['apt-get', ...LOCK_WAIT, '-o', 'Dpkg::Options::=--force-confold', 'install', '-y', '--no-install-recommends'],
    ...missing,
  ]);
  if (installed.status !== 0) {
    process.stderr.write('failed\n');
    const words = lastWords(
      updated.status === 0 ? installed : { ...installed, stderr: installed.stderr + updated.stderr },
    );
    throw new Error(`Cannot install Debian packages for ${why} (${words}): run  sudo ${line}  and try again`);
  }
  process.stderr.write(`done, ${Math.round((Date.now() - started) / 1000)} s\n`);
}

async function findMissing(names: readonly string[]): Promise<string[]> {
  // dpkg-query answers for each name it knows, and one "no packages found" for the rest.
  const query = await runCommand('dpkg-query', ['-W', '-f', `\${db:Status-Status} \${Package}\n`, ...names]);
  if (query.status === 127) {
    throw new Error(`Cannot look for Debian packages (${names.join(' ')}): no dpkg-query here; use a Debian machine`);
  }
  const lines = query.stdout.split('\n');
  const installed = new Set(lines.filter((line) => line.startsWith('installed ')).map((line) => line.slice(10)));
  return names.filter((name) => !installed.has(name.replace(/:.*/, '')));
}

/** The words before a command that run it as root: none for root, sudo if it asks for no password, else undefined. */
async function findRootPrefix(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  const sudo = await runCommand('sudo', ['-n', 'true'], { timeoutMs: 10_000 });
  return sudo.status === 0 ? ['sudo', '-n'] : undefined;
}

function runAsRoot(prefix: readonly string[], command: readonly string[]) {
  const [program = '', ...args] = [
    ...prefix,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'NEEDRESTART_SUSPEND=1',
    ...command,
  ];
  return runCommand(program, args);
}
