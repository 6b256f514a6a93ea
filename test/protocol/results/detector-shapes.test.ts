import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDetection } from '../../../src/protocol/results/detector-shapes.ts';

const picture = { width: 640, height: 480 };
const box = [100, 50, 200, 250];

describe('a detection is read as the program prints it', () => {
  const printed: Record<string, [fields: unknown, expected: object]> = {
    'Ultralytics, Results.summary()': [
      {
        name: 'person',
        class: 0,
        confidence: 0.92688,
        box: { x1: 100.4, y1: 49.8, x2: 200.1, y2: 250.2 },
        track_id: 3,
      },
      { label: 'person', confidence: 0.9269, box, track: 3, extra: { class: 0 } },
    ],
    'Roboflow inference': [
      { x: 150, y: 150, width: 100, height: 200, confidence: 0.91, class: 'person', class_id: 0, detection_id: 'a-1' },
      { label: 'person', confidence: 0.91, box, extra: { class_id: 0, detection_id: 'a-1' } },
    ],
    'supervision, JSONSink': [
      {
        x_min: 100,
        y_min: 50,
        x_max: 200,
        y_max: 250,
        class_id: 0,
        confidence: 0.5,
        tracker_id: '',
        class_name: 'person',
      },
      { label: 'person', confidence: 0.5, box, extra: { class_id: 0, tracker_id: '' } },
    ],
    'DeepStack and CodeProject.AI': [
      { label: 'person', confidence: 0.7, x_min: 100, y_min: 50, x_max: 200, y_max: 250 },
      { label: 'person', confidence: 0.7, box },
    ],
    'Frigate and open-nvr': [
      { label: 'person', score: 0.8, box: [100, 50, 200, 250], id: '1700000000.1-abc' },
      { label: 'person', confidence: 0.8, box, track: '1700000000.1-abc' },
    ],
    COCO: [
      { bbox: [100, 50, 100, 200], category_id: 1, score: 0.6, image_id: 42 },
      { label: '1', confidence: 0.6, box, extra: { image_id: 42 } },
    ],
    DOODS2: [
      { top: 50 / 480, left: 100 / 640, bottom: 250 / 480, right: 200 / 640, label: 'person', confidence: 87.5 },
      { label: 'person', confidence: 0.875, box },
    ],
    Viseron: [
      { label: 'person', confidence: 0.9, rel_x1: 100 / 640, rel_y1: 50 / 480, rel_x2: 200 / 640, rel_y2: 250 / 480 },
      { label: 'person', confidence: 0.9, box },
    ],
    'pipelines of Transformers': [
      { score: 0.9, label: 'person', box: { xmin: 100, ymin: 50, xmax: 200, ymax: 250 } },
      { label: 'person', confidence: 0.9, box },
    ],
    'tables of YOLOv5': [
      { xmin: 100, ymin: 50, xmax: 200, ymax: 250, confidence: 0.9, class: 0, name: 'person' },
      { label: 'person', confidence: 0.9, box, extra: { class: 0 } },
    ],
    'this receiver': [
      { label: 'person', confidence: 0.9, box, track: 7 },
      { label: 'person', confidence: 0.9, box, track: 7 },
    ],
  };
  for (const [program, [fields, expected]] of Object.entries(printed)) {
    test(`when it is ${program}`, () => assert.deepEqual(readDetection(fields, picture), expected));
  }

  test('when its pixels are those of a smaller picture, which it names', () => {
    const found = { x: 75, y: 75, width: 50, height: 100, confidence: 1, class: 'person' };
    assert.deepEqual(readDetection(found, picture, { width: 320, height: 240 })?.box, box);
  });
});

describe('a detection', () => {
  const good = { label: 'person', confidence: 0.5, box: [100, 50, 200, 250] };

  test('is cut to the picture when its box is larger', () => {
    assert.deepEqual(readDetection({ ...good, box: [-1e300, -5, 1e300, 1000] }, picture)?.box, [0, 0, 640, 480]);
  });

  test('is certain when the detector knows no confidence', () => {
    for (const confidence of [undefined, null, ''])
      assert.equal(readDetection({ ...good, confidence }, picture)?.confidence, 1);
    assert.equal(readDetection({ label: 'motion', box: good.box }, picture)?.confidence, 1);
  });

  test('has a label without what a terminal obeys, cut between characters', () => {
    const labels = ['\u001b[31mred\u202e', ' a\n', 'ü'.repeat(40)];
    const read = labels.map((label) => readDetection({ ...good, label }, picture)?.label);
    assert.deepEqual(read, ['?[31mred?', 'a?', 'ü'.repeat(32)]);
  });

  test('takes the next label when the first is none', () => {
    assert.equal(readDetection({ ...good, label: ' ', name: 'cat' }, picture)?.label, 'cat');
  });

  test('has no track when that is none', () => {
    for (const track of [-1, 1.5, null, '', {}])
      assert.equal(readDetection({ ...good, track }, picture)?.track, undefined);
    assert.equal(readDetection({ ...good, track: '12' }, picture)?.track, 12);
    assert.equal(readDetection({ ...good, track: '012' }, picture)?.track, '012');
  });

  const bad: Record<string, unknown> = {
    'is no object': 'person',
    'is null': null,
    'has no box': { label: 'person', confidence: 0.5 },
    'has a box of three numbers': { ...good, box: [1, 2, 3] },
    'has a box of text': { ...good, box: ['1', 2, 3, 4] },
    'has a box that is a number': { ...good, box: 7 },
    'has a box that is null': { ...good, box: null },
    'has a box of COCO that is none': { label: 'a', score: 1, bbox: 'x' },
    'has a box whose sides are swapped': { ...good, box: [200, 50, 100, 250] },
    'has a box beside the picture': { ...good, box: [700, 50, 800, 250] },
    'has a box above the picture': { ...good, box: [0, -50, 10, -1] },
    'has no label': { ...good, label: '' },
    'has a label that is a broken number': { ...good, label: 1.5 },
    'has a negative confidence': { ...good, confidence: -0.1 },
    'has a confidence above 1': { ...good, confidence: 87 },
    'has a confidence of text': { ...good, confidence: '0.5' },
  };
  for (const [what, found] of Object.entries(bad)) {
    test(`is refused when it ${what}`, () => assert.equal(readDetection(found, picture), undefined));
  }
});
