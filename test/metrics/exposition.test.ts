import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { describeHistogram, formatMetrics, type Metric } from '../../src/metrics/exposition.ts';
import { findValue, parseExposition } from './parse-exposition.ts';

const counter: Metric = {
  name: 'pictures_total',
  help: 'Pictures \\ of\ncameras',
  type: 'counter',
  samples: [
    { labels: { camera: 'a "b"\n\\n' }, value: 2 },
    { labels: { camera: 'c', reason: '' }, value: 1.5e30 },
  ],
};

describe('formatMetrics', () => {
  test('writes help, type and samples, and escapes what would end a line or a label', () => {
    assert.equal(
      formatMetrics([counter, { name: 'up', help: 'x', type: 'gauge', samples: [{ labels: {}, value: 1 }] }]),
      [
        '# HELP pictures_total Pictures \\\\ of\\ncameras',
        '# TYPE pictures_total counter',
        'pictures_total{camera="a \\"b\\"\\n\\\\n"} 2',
        'pictures_total{camera="c",reason=""} 1.5e+30',
        '',
        '# HELP up x',
        '# TYPE up gauge',
        'up 1',
        '',
      ].join('\n'),
    );
  });

  test('adds the values of samples with the same labels, as no line may be there twice', () => {
    const labels = { camera: 'a' };
    const text = formatMetrics([
      {
        ...counter,
        samples: [
          { labels, value: 1 },
          { labels: { camera: 'b' }, value: 5 },
          { labels, value: 2 },
        ],
      },
    ]);
    const metrics = parseExposition(text);
    assert.deepEqual(
      [findValue(metrics, 'pictures_total', labels), metrics.get('pictures_total')?.samples.size],
      [3, 2],
    );
  });

  test('writes a metric without samples, so that it is known to exist', () => {
    assert.equal(parseExposition(formatMetrics([{ ...counter, samples: [] }])).get('pictures_total')?.type, 'counter');
  });

  test('writes what a strict reader reads back, whatever labels and values are', () => {
    const sample = fc.record({ label: fc.string({ unit: 'binary' }), value: fc.double() });
    fc.assert(
      fc.property(fc.uniqueArray(sample, { selector: ({ label }) => label }), (all) => {
        const samples = all.map(({ label, value }) => ({ labels: { label }, value }));
        const metrics = parseExposition(formatMetrics([{ name: 'x', help: 'y', type: 'gauge', samples }]));
        for (const { labels, value } of samples) assert.equal(findValue(metrics, 'x', labels), value + 0);
      }),
    );
  });
});

test('describeHistogram adds up the buckets, and counts all values in the last', () => {
  const labels = { camera: 'a' };
  const samples = describeHistogram({ labels, bounds: [0.001, 0.5], counts: [3, 0, 2], sum: 7.25 });
  const metrics = parseExposition(formatMetrics([{ name: 'x', help: 'y', type: 'histogram', samples }]));
  const buckets = ['0.001', '0.5', '+Inf'].map((le) => findValue(metrics, 'x_bucket', { ...labels, le }));
  assert.deepEqual(buckets, [3, 3, 5]);
  assert.deepEqual([findValue(metrics, 'x_sum', labels), findValue(metrics, 'x_count', labels)], [7.25, 5]);
});
