import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { maxExtraBytes, readAnswer, readDetections } from '../../../src/protocol/results/answer.ts';
import { maxDetections } from '../../../src/protocol/results/detection.ts';
import { formatResultLine } from '../../../src/protocol/results/result-line.ts';

const picture = { width: 640, height: 480 };
const person = { label: 'person', confidence: 0.5, box: [1, 2, 3, 4] };

function read(line: unknown) {
  const answer = readAnswer(typeof line === 'string' ? line : JSON.stringify(line));
  assert.ok(answer !== undefined);
  return { ...readDetections(answer, picture), place: answer.place };
}

describe('a line of a detector', () => {
  test('is an answer when it is a list, or has detections or predictions', () => {
    for (const line of [[person], { detections: [person] }, { success: true, predictions: [person] }])
      assert.deepEqual(read(line).detections, [person]);
    assert.deepEqual(read([]).detections, []);
  });

  test('is none when it is anything else', () => {
    for (const line of ['', 'loading model...', '3', 'null', '{}', '{"detections": 3}', "{'detections': []}", '[NaN'])
      assert.equal(readAnswer(line), undefined, line);
  });

  test('says which frame it is about when it has a sequence', () => {
    const places = [
      { sequence: 4, stream: 's', camera: 'c' },
      { sequence: 4, stream: null },
      { sequence: 4 },
      { stream: 's' },
      { sequence: '4', stream: 's' },
    ].map((fields) => read({ ...fields, detections: [] }).place);
    const [whole, plain, short, ...none] = places;
    assert.deepEqual(whole, { sequence: 4, stream: 's', camera: 'c' });
    assert.deepEqual(plain, { sequence: 4, stream: null, camera: undefined });
    assert.deepEqual(short, { sequence: 4, stream: undefined, camera: undefined });
    assert.deepEqual(none, [undefined, undefined]);
  });

  test('has its most confident detections first, and counts those that are none', () => {
    const found = read([{ ...person, confidence: 0.1 }, 'x', { ...person, confidence: 0.9 }]);
    assert.deepEqual(
      found.detections.map(({ confidence }) => confidence),
      [0.9, 0.1],
    );
    assert.equal(found.refused, 1);
  });

  test('keeps its most confident detections when there are too many', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ ...person, confidence: i / 10_000 }));
    const { detections, omitted } = read(many);
    assert.equal(detections.length, maxDetections);
    assert.equal(omitted, 10_000 - maxDetections);
    assert.equal(detections[0]?.confidence, 0.9999);
  });

  test('refuses a detection alone when Python wrote a number that JSON does not have', () => {
    const line =
      '{"detections": [{"label": "a", "confidence": NaN, "box": [1, 2, 3, 4]}, {"label": "b", "box": [0, 0, 9, 9]}], "loss": -Infinity}';
    const { detections, refused } = read(line);
    assert.deepEqual([detections.map(({ label }) => label), refused], [['b'], 1]);
  });

  test('keeps its other fields, without those of the frame', () => {
    const line = {
      ...{ camera: 'c', sequence: 1, bytes: 5, capturedAt: 'x', detectMs: 1 },
      model: 'yolo',
      detections: [],
    };
    assert.deepEqual(read(line).extra, { model: 'yolo' });
    assert.deepEqual(read([{ ...person, keypoints: [1, 2] }]).detections[0]?.extra, { keypoints: [1, 2] });
  });

  test('loses its other fields when they are long or deep, and nothing else', () => {
    const long = 'x'.repeat(maxExtraBytes);
    const found = read({
      long,
      detections: [
        { ...person, long },
        { ...person, short: 1 },
      ],
    });
    assert.deepEqual(found.extra, {});
    assert.deepEqual(found.detections, [person, { ...person, extra: { short: 1 } }]);
    const deep = `{"deep": ${'['.repeat(100_000)}${']'.repeat(100_000)}, "detections": [${JSON.stringify(person)}]}`;
    assert.deepEqual(read(deep).detections, [person]);
  });

  test('names the picture that it saw', () => {
    const found = { x: 2, y: 2, width: 2, height: 2, class: 'a', confidence: 1 };
    const boxOf = (image: unknown) => read({ image, predictions: [found] }).detections[0]?.box;
    assert.deepEqual(boxOf({ width: 320, height: 240 }), [2, 2, 6, 6]);
    for (const image of [{ width: 0, height: 9 }, 'x', { width: 'a' }, undefined])
      assert.deepEqual(boxOf(image), [1, 1, 3, 3]);
  });

  test('is read without an error, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.array(fc.object()).map((list) => JSON.stringify(list)),
        ),
        (line) => {
          const answer = readAnswer(line);
          if (answer !== undefined) readDetections(answer, picture);
        },
      ),
    );
  });
});

describe('the line of a result', () => {
  const base = {
    ...{ camera: 'garden', stream: null, sequence: 7, capturedAtUs: undefined, ...picture },
    ...{ detections: [], omitted: 0, detectUs: 1500, ageUs: undefined, extra: {} },
  };

  test('has null where a value is not known', () => {
    assert.equal(
      formatResultLine(base),
      '{"camera":"garden","stream":null,"sequence":7,"capturedAt":null,"width":640,"height":480,"detections":[],"detectMs":1.5,"ageMs":null}',
    );
  });

  test('is read by readers of JSON as it was meant, and has nothing that a terminal obeys', () => {
    const odd = 'a\u009b31m\u2028\u{e0001}\ud800';
    const detections = [{ label: 'x', confidence: 1, box: [1, 2, 3, 4] as const, extra: { odd } }];
    const line = formatResultLine({
      ...base,
      stream: 's',
      capturedAtUs: 1,
      ageUs: 2000,
      omitted: 4,
      detections,
      extra: { odd },
    });
    assert.match(line, /^[ -~]+$/);
    const parsed = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual(parsed['detections'], [{ label: 'x', confidence: 1, box: [1, 2, 3, 4], odd }]);
    assert.deepEqual([parsed['odd'], parsed['omitted'], parsed['ageMs']], [odd, 4, 2]);
  });
});
