import process from 'node:process';
import packageJson from '../../package.json' with { type: 'json' };
import { isDeno } from '../system/runtime.ts';

/** Facts that the build writes into a packaged program. */
export interface Build {
  /** 12 hex digits, and `+` where files differed from that commit; undefined outside of Git. */
  readonly commit: string | undefined;
  /** Versions of the libraries in the addon beside it. */
  readonly openCv: string;
  readonly ffmpeg: string;
}

declare const __build: Build | undefined;

/** The text of `--version`: a line for the program, and one for each part that a report of a fault needs. */
export function describeVersion(program: string): string {
  const build = typeof __build === 'undefined' ? undefined : __build;
  const runtime = isDeno() ? ['Deno', process.versions['deno']] : ['Node', process.versions.node];
  const parts =
    build === undefined
      ? [['commit', 'unknown: it runs from source']]
      : [
          ['commit', build.commit ?? 'unknown: it was not built in a Git checkout'],
          ['target', `linux-${process.arch}`],
          ['OpenCV', build.openCv],
          ['FFmpeg', build.ffmpeg],
        ];
  return [`${program} ${packageJson.version}`, ...[...parts, runtime].map((part) => part.join(' '))].join('\n');
}
