import assert from 'node:assert/strict';

export interface ParsedMetric {
  readonly help: string;
  readonly type: string;
  /** By name and labels, as `JSON.stringify([name, labels])` writes them. */
  readonly samples: Map<string, number>;
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const numberText = /^(?:[+-]Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/**
 * Reads the text format of Prometheus as its own parser and `promtool check metrics` do, and fails
 * where either would complain.
 */
export function parseExposition(text: string): Map<string, ParsedMetric> {
  assert.ok(text.endsWith('\n'), 'the last line must have an end');
  const metrics = new Map<string, ParsedMetric>();
  let name = '';
  let help: string | undefined;
  for (const line of text.split('\n')) {
    const [, keyword, named = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${metricName}) (.+)$`).exec(line) ?? [];
    if (line === '') continue;
    if (keyword === 'HELP') {
      assert.match(rest, /^(?:[^\\]|\\[\\n])+$/, line);
      [name, help] = [named, rest];
    } else if (keyword === 'TYPE') {
      assert.ok(named === name && help !== undefined, `${line} must follow its HELP`);
      assert.ok(!metrics.has(name), `${name} is there twice`);
      assert.match(rest, /^(?:counter|gauge|histogram)$/);
      assert.equal(rest === 'counter', name.endsWith('_total'), `${name} is a ${rest}`);
      metrics.set(name, { help, type: rest, samples: new Map() });
      help = undefined;
    } else {
      const metric = metrics.get(name);
      assert.ok(metric !== undefined && help === undefined, `${line} is of no metric`);
      addSample(metric, name, line);
    }
  }
  for (const [key, metric] of metrics) if (metric.type === 'histogram') checkHistogram(key, metric);
  return metrics;
}

/** The value of one sample. */
export function findValue(
  metrics: ReadonlyMap<string, ParsedMetric>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const key = JSON.stringify([name, labels]);
  for (const { samples } of metrics.values()) if (samples.has(key)) return samples.get(key);
  return undefined;
}

function addSample({ type, samples }: ParsedMetric, name: string, line: string): void {
  const [, sampleName = '', labelText = '', value = ''] =
    new RegExp(`^(${metricName})(?:\\{(.+)\\})? (\\S+)$`, 's').exec(line) ?? [];
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  assert.ok(
    suffixes.some((suffix) => sampleName === `${name}${suffix}`),
    `${line} is not of ${name}`,
  );
  assert.match(value, numberText, line);
  const number = Number(value.replace('Inf', 'Infinity'));
  if (type !== 'gauge') assert.ok(number >= 0, line);
  const key = JSON.stringify([sampleName, parseLabels(labelText, line)]);
  assert.ok(!samples.has(key), `${line} is there twice`);
  samples.set(key, number);
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [whole, label, value] = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\["\\n])*)"(?:,(?=.)|$)/s.exec(rest) ?? [];
    assert.ok(whole !== undefined && label !== undefined && value !== undefined, `the labels of ${line}`);
    assert.ok(!(label in labels), `${label} is twice in ${line}`);
    labels[label] = value.replaceAll(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));
    rest = rest.slice(whole.length);
  }
  return labels;
}

/** Counts must not fall from one bucket to a larger one, and the last bucket holds all values. */
function checkHistogram(name: string, { samples }: ParsedMetric): void {
  const series = new Map<string, { le: number; value: number }[]>();
  for (const [key, value] of samples) {
    const [sampleName, { le, ...labels }] = JSON.parse(key);
    if (sampleName !== `${name}_bucket`) continue;
    const buckets = series.get(JSON.stringify(labels)) ?? [];
    buckets.push({ le: Number(le.replace('Inf', 'Infinity')), value });
    series.set(JSON.stringify(labels), buckets);
  }
  for (const [labels, buckets] of series) {
    buckets.reduce((before, bucket) => {
      assert.ok(bucket.le > before.le && bucket.value >= before.value, `buckets of ${name}${labels}`);
      return bucket;
    });
    const last = buckets.at(-1);
    assert.deepEqual([last?.le, last?.value], [Number.POSITIVE_INFINITY, samples.get(`["${name}_count",${labels}]`)]);
    assert.ok(samples.has(`["${name}_sum",${labels}]`));
  }
}
