// The text format of Prometheus, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/

/** The media type for HTTP. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Behind the name of the metric: only a histogram has some. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

/** A metric with its values, one for each set of labels. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: Iterable<Sample>;
}

/** One set of labels of a histogram. */
export interface HistogramSeries {
  readonly labels: Labels;
  /** Upper bounds of the buckets, ascending; above the last is one more. */
  readonly bounds: readonly number[];
  /** Values in each bucket alone: one more than there are bounds. */
  readonly counts: readonly number[];
  /** Of all values. */
  readonly sum: number;
}

export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics.map(formatMetric).join('\n');
}

/** Samples of a histogram: the count of each bucket includes those of the smaller ones. */
export function describeHistogram({ labels, bounds, counts, sum }: HistogramSeries): Sample[] {
  let count = 0;
  const buckets = counts.map((values, i): Sample => {
    count += values;
    const bound = bounds[i] ?? Number.POSITIVE_INFINITY;
    return { suffix: '_bucket', labels: { ...labels, le: formatValue(bound) }, value: count };
  });
  return [...buckets, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: count }];
}

function formatMetric({ name, help, type, samples }: Metric): string {
  const lines = [`# HELP ${name} ${escapeText(help)}`, `# TYPE ${name} ${type}`];
  for (const [series, value] of addUp(name, samples)) lines.push(`${series} ${formatValue(value)}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Prometheus refuses the whole text when two lines have the same labels, so their values are added.
 */
function addUp(name: string, samples: Iterable<Sample>): Map<string, number> {
  const values = new Map<string, number>();
  for (const { suffix = '', labels, value } of samples) {
    const series = `${name}${suffix}${formatLabels(labels)}`;
    values.set(series, (values.get(series) ?? 0) + value);
  }
  return values;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
