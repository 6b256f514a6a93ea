const maxReport = 4000;

/** The part of a process's last words that a sanitizer wrote: the fault and its place first, then the calls. */
export function readReport(stderr: string): string | undefined {
  const summary = /^SUMMARY: \w+Sanitizer: .*$/m.exec(stderr);
  if (summary === null) return undefined;
  const start = /^.*(?:ERROR: AddressSanitizer|runtime error: )/m.exec(stderr);
  return `${summary[0]}\n${stderr.slice(start?.index ?? summary.index, summary.index)}`.trim().slice(0, maxReport);
}
