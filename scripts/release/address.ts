/** The field of package.json that says where the project is. */
export interface Manifest {
  readonly repository?: string | { readonly url: string };
}

/**
 * The page of the repository, such as `https://github.com/owner/name`.
 * @param given on the command line; without it the field `repository` of package.json counts
 * @returns undefined where nobody has said it
 * @throws Error for anything but a plain address of https
 */
export function readAddress(given: string | undefined, { repository }: Manifest): string | undefined {
  const text = given ?? (typeof repository === 'object' ? repository.url : repository);
  if (text === undefined) return undefined;
  const address = text.replace(/^git\+/, '').replace(/\.git$|\/$/, '');
  // It goes into a script and into links.
  if (!/^https:\/\/[\w.:-]+(?:\/[\w.~-]+)+$/.test(address))
    throw new Error(`Cannot use the address '${text}': it must be like https://github.com/owner/name`);
  return address;
}

/** Where the files of the newest release are. */
export function latestRelease(address: string): string {
  return `${address}/releases/latest/download`;
}
