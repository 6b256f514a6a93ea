import { latestRelease } from './address.ts';

export interface NotesInput {
  /** The text of README.md. */
  readonly readme: string;
  readonly version: string;
  /** Of Git. */
  readonly tag: string;
  /** As `readAddress` gives it. */
  readonly address: string;
}

/**
 * The text of a release: how to install it, and the changelog of README.md.
 * @throws Error where the tag is not that of the version, or the changelog is not there
 */
export function formatNotes({ readme, version, tag, address }: NotesInput): string {
  if (tag !== `v${version}`)
    throw new Error(`Cannot release ${tag}: package.json has version ${version}. Change it, or tag v${version}`);
  const changes = readChanges(readme, version).replaceAll(/\]\((?!https?:)([^)]+)\)/g, (_, path: string) => {
    const page = path.startsWith('#') ? `README.md${path}` : path;
    return `](${address}/blob/${tag}/${page})`;
  });
  return `## Install

On the machine with the camera, or with \`image-receiver\` on the other one:

    curl -fsSLO ${latestRelease(address)}/install.sh
    sh install.sh image-sender

\`image-sender-lite\` is for a system without 64 bits. [How to check the
files](${address}/blob/${tag}/scripts/release/README.md#check-the-files) says who made them.

## Changes

${changes}
`;
}

/** The list of that version, or of all changes where the changelog has no versions yet. */
function readChanges(readme: string, version: string): string {
  const all = readme.split(/^## Changelog$/m)[1]?.split(/^## /m)[0];
  if (all === undefined) throw new Error('README.md has no section Changelog');
  const parts = all.split(/^### /m);
  const own = parts.find((part) => part.split('\n')[0]?.split(' ')[0] === version);
  const text = own === undefined && parts.length === 1 ? all : own;
  const list = text?.slice(Math.max(0, text.search(/^- /m))).trim();
  if (!list?.startsWith('- ')) throw new Error(`The changelog of README.md has no list of changes of ${version}`);
  return list;
}
