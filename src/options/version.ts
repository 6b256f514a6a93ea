import process from 'node:process';
import packageJson from '../../package.json' with { type: 'json' };
import { ownBuild } from '../system/build.ts';
import { isDeno } from '../system/runtime.ts';

/** The text of `--version`: a line for the program, and one for each part that a report of a fault needs. */
export function describeVersion(program: string): string {
  const runtime = isDeno() ? ['Deno', process.versions['deno']] : ['Node', process.versions.node];
  const parts =
    ownBuild === undefined
      ? [['commit', 'unknown: it runs from source']]
      : [
          ['commit', ownBuild.commit ?? 'unknown: it was not built in a Git checkout'],
          ['target', `linux-${process.arch}`],
          ['OpenCV', ownBuild.openCv],
          ['FFmpeg', ownBuild.ffmpeg],
        ];
  return [`${program} ${packageJson.version}`, ...[...parts, runtime].map((part) => part.join(' '))].join('\n');
}
