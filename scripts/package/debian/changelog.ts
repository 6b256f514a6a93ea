import { maintainer } from './control.ts';

/** Debian's changelog of a package: its one version. The README has the list of changes. */
export function formatChangelog(program: string, version: string, timeSeconds: number): string {
  const date = new Date(timeSeconds * 1000).toUTCString().replace('GMT', '+0000');
  return `${program} (${version}) stable; urgency=medium

  * The changelog in README.md of image-socket's source says what is new.

 -- ${maintainer}  ${date}
`;
}
