import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { plainName } from '../../src/frames/camera-key.ts';
import { cameraOf, eventsOf, framesOf, takes } from '../../src/nats/subjects.ts';

describe('subjects of cameras', () => {
  test('are their keys, with the dots as NATS knows them', () => {
    assert.equal(framesOf('garden'), 'frames.garden');
    assert.equal(framesOf('north.gate'), 'frames.north.gate');
    assert.equal(framesOf('a..b.'), 'frames.a.b');
    assert.equal(eventsOf('garden'), 'events.garden');
    assert.equal(cameraOf('frames.north.gate'), 'north.gate');
  });

  test('are valid when the sender calls itself anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        assert.match(framesOf(plainName(name)), /^frames(\.[0-9A-Za-z_-]+)+$/);
      }),
    );
  });
});

test('takes says whether a subject with wildcards takes another', () => {
  const yes = ['frames.>', 'frames.north.>', 'frames.*.gate', 'frames.north.gate', '>', '*.*.*'];
  const no = [
    'frames',
    'frames.*',
    'frames.north',
    'frames.north.gate.>',
    'frames.north.gate.*',
    'events.>',
    'frames.n*.gate',
  ];
  assert.deepEqual(
    [...yes, ...no].filter((pattern) => takes(pattern, 'frames.north.gate')),
    yes,
  );
});
