import { addStats, emptyStats, type TargetStats } from './stats.ts';

const headings = ['target', 'inputs', 'MB', 'inputs/s', 'ms/MB', 'held kB', 'RSS MB', 'outcomes', 'errors'] as const;

/** The figures of each target and of all, as lines of a table. */
export function formatSummary(stats: ReadonlyMap<string, TargetStats>): string[] {
  const all = emptyStats();
  for (const one of stats.values()) addStats(all, { ...one, codes: {} });
  const rows = [headings, ...[...stats].map(([name, one]) => formatRow(name, one)), formatRow('all', all)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((text, column) => {
        const width = column === row.length - 1 ? 0 : (widths[column] ?? 0);
        return column === 0 ? text.padEnd(width) : text.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function formatRow(name: string, stats: TargetStats): string[] {
  const { inputs, bytes, ms, slowestMsPerMb, held, rss, outcomes, codes } = stats;
  const byCount = Object.entries(codes).sort(([, one], [, other]) => other - one);
  return [
    name,
    inputs.toLocaleString('en'),
    (bytes / 1e6).toFixed(1),
    ms === 0 ? '-' : Math.round((inputs / ms) * 1000).toLocaleString('en'),
    slowestMsPerMb === 0 ? '-' : slowestMsPerMb.toFixed(0),
    held === undefined ? '-' : Math.round(held / 1e3).toString(),
    Math.round(rss / 1e6).toString(),
    outcomes.toString(),
    byCount.map(([code, count]) => `${code} ${count.toLocaleString('en')}`).join(', '),
  ];
}
