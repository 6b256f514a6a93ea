/** Complaints of lintian about things that are meant so, each with its reason. */
export function formatOverrides(program: string): string {
  const rows: readonly (readonly [reason: string, tag: string])[] = [
    ['The libraries are linked statically: one package for Debian, Raspberry Pi OS and Ubuntu.', 'embedded-library *'],
    ['Root alone can read tokens and keys.', `non-standard-dir-perm 0700 != 0755 [etc/${program}/]`],
    ['Node is linked so.', `hardening-no-pie [usr/lib/${program}/${program}]`],
    ['The licence texts of what is inside.', 'extra-license-file *'],
  ];
  return rows.map(([reason, tag]) => `# ${reason}\n${program}: ${tag}\n`).join('');
}
