/** At most one line: the first place where two lists differ. */
export function findDifference(what: string, before: readonly string[], after: readonly string[]): string[] {
  const length = Math.max(before.length, after.length);
  for (let i = 0; i < length; i++) {
    if (before[i] === after[i]) continue;
    return [`${what}: ${i + 1} of ${length} is ${after[i] ?? 'missing'}, and was ${before[i] ?? 'missing'}`];
  }
  return [];
}

/** Keeps the lines that do not depend on the pace of the frames: of acknowledgements the last, of all others each once. */
export function summarizeAnswers(lines: readonly string[]): string[] {
  const isAcknowledgement = (line: string) => /^\d+: ACKN/.test(line);
  const last = new Map<string, string>();
  for (const line of lines.filter(isAcknowledgement)) last.set(line.split(':')[0] ?? '', line);
  const others = new Set(lines.filter((line) => !isAcknowledgement(line)));
  return [...others, ...last.values()].sort();
}
