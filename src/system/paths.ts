/**
 * Whether a path is a folder or is below it. Both are absolute, or both relative to one folder,
 * and normalized.
 */
export function isWithinFolder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
