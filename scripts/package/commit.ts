import { requireCommand, runCommand } from '../debian/command.ts';
import { projectRoot } from '../native/project.ts';

/** The commit that the programs are built from. */
export interface Commit {
  /** 12 hex digits, and `+` where files differ from that commit; undefined outside of a Git checkout. */
  readonly name: string | undefined;
  /** Its time, since 1970: all files in archives and packages have it. */
  readonly timeSeconds: number;
}

/** All that goes into the programs. A commit that changes none of it gives the same bytes, and is not named. */
const inputs = ['src', 'scripts/package', 'scripts/native', 'scripts/build.ts', 'package.json', 'package-lock.json'];
/** Of files outside of a Git checkout: 1 January 2026. */
const otherTimeSeconds = 1_767_225_600;

/** The last commit that changed the programs. */
export async function readCommit(): Promise<Commit> {
  const log = await runCommand('git', ['-C', projectRoot, 'log', '-1', '--format=%H %ct', '--', ...inputs]);
  const [, hash, seconds] = /^([0-9a-f]{40,64}) (\d+)$/m.exec(log.stdout) ?? [];
  if (log.status !== 0 || hash === undefined) return { name: undefined, timeSeconds: otherTimeSeconds };
  const args = ['-C', projectRoot, 'status', '--porcelain', '--', ...inputs];
  const changes = await requireCommand('Looking for changes', 'git', args);
  return { name: `${hash.slice(0, 12)}${changes === '' ? '' : '+'}`, timeSeconds: Number(seconds) };
}
