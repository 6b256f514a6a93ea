import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Camera } from '../../../src/frames/camera.ts';
import { applyRule, parseDetectionRule } from '../../../src/frames/results/detection-rule.ts';
import type { FrameResult } from '../../../src/frames/results/frame-result.ts';
import type { Detection } from '../../../src/protocol/results/detection.ts';
import { Presence } from '../../../src/sinks/hooks/presence.ts';
import { makeReceived } from '../../support/frames.ts';
import { TrialHooks } from './trial-hooks.ts';

const make = (label: string, confidence: number): Detection => ({ label, confidence, box: [0, 0, 1, 1] });

describe('a rule of detections', () => {
  test('is labels, each with a confidence to exceed', () => {
    assert.deepEqual(parseDetectionRule('person>0.6, traffic light ,car>.5'), [
      { label: 'person', above: 0.6 },
      { label: 'traffic light', above: -1 },
      { label: 'car', above: 0.5 },
    ]);
    for (const text of ['', ',', 'person>', 'person>60', 'person<0.5', '>0.5', 'person>=0.5', 'a>0.5>0.6'])
      assert.equal(parseDetectionRule(text), undefined, text);
  });

  test('picks those that exceed it', () => {
    const all = [make('person', 0.7), make('person', 0.6), make('car', 0), make('dog', 1)];
    assert.deepEqual(applyRule(all, parseDetectionRule('person>0.6,car')), [all[0], all[2]]);
    assert.deepEqual(applyRule(all, undefined), all);
  });
});

test('Presence tells that something has come once, until it was out of sight for the time', () => {
  let nowMs = 0;
  const presence = new Presence(1000, () => nowMs);
  const [a, b] = ['a', 'b'].map((key) => new Camera(key, key, 0)) as [Camera, Camera];
  assert.equal(presence.see(a), true);
  for (; nowMs < 10_000; nowMs += 999) assert.equal(presence.see(a), false);
  assert.equal(presence.see(b), true);
  nowMs += 1001;
  assert.equal(presence.see(a), true);
});

test('the command of --on-detect gets what was found, and the picture, once for one person', async () => {
  const script = '{ env | grep ^IMAGE_SOCKET_LABELS; cat; echo; } >> "$DIR/.part"; cp "$DIR/.part" "$DIR/detect"';
  const detectRule = parseDetectionRule('person>0.6,car') ?? [];
  await using hooks = await TrialHooks.open({ scripts: { detect: script }, detectRule });
  const { camera, sender } = hooks.connect({ name: 'garden', stream: 'garden-k3x9f2ab' });
  const tell = (...detections: Detection[]) => {
    const { jpeg: _, ...frame } = makeReceived({ connection: sender, sequence: 7 });
    const result: FrameResult = { camera, frame, detectUs: 1, answeredAtUs: 2, detections, omitted: 0, extra: {} };
    hooks.sink.detected(result, new TextEncoder().encode('JPEG'));
  };
  tell(make('person', 0.5), make('dog', 1));
  tell(make('person', 0.9), make('dog', 1), make('car', 0.1));
  tell(make('person', 0.9));
  const lines = (await hooks.read('detect')).trim().split('\n');
  assert.equal(lines[0], 'IMAGE_SOCKET_LABELS=car,person');
  const { at: _, ...told } = JSON.parse(lines[1] ?? '') as Record<string, unknown>;
  assert.deepEqual(told, {
    ...{ event: 'detect', camera: 'garden', name: 'garden', stream: 'garden-k3x9f2ab', sequence: 7 },
    ...{ capturedAt: '1970-01-01T00:00:00.000000Z', labels: 'car,person', confidence: 0.9, count: 2, bytes: 4 },
  });
  assert.equal(lines[2], 'JPEG');
  assert.equal(lines.length, 3);
});
