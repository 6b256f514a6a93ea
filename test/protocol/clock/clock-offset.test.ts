import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ClockOffset } from '../../../src/protocol/clock/clock-offset.ts';

/** An exchange at `atUs` of the local clock, with those travel times. */
function exchange(atUs: number, offsetUs: number, upUs: number, downUs: number) {
  const remoteReceivedUs = atUs + downUs + offsetUs;
  const remoteSentUs = remoteReceivedUs + 50;
  return { sentUs: atUs, remoteReceivedUs, remoteSentUs, receivedUs: remoteSentUs - offsetUs + upUs };
}

describe('ClockOffset', () => {
  test('knows nothing before the first exchange', () => {
    assert.equal(new ClockOffset().estimate(0), undefined);
  });

  test('is never further from the truth than it says, whatever the trips took', () => {
    const trips = fc.array(fc.tuple(fc.nat(500_000), fc.nat(500_000)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: -4e15, max: 4e15 }), trips, (offsetUs, delays) => {
        const clock = new ClockOffset();
        let nowUs = 0;
        for (const [upUs, downUs] of delays) {
          const sample = exchange(nowUs, offsetUs, upUs, downUs);
          clock.add(sample);
          nowUs = sample.receivedUs + 1_000_000;
          const found = clock.estimate(nowUs);
          assert.ok(found !== undefined);
          assert.ok(Math.abs(found.offsetUs - offsetUs) <= found.errorUs + 1);
        }
      }),
    );
  });

  test('takes the shortest trip when others were held up on one side', () => {
    const clock = new ClockOffset();
    clock.add(exchange(0, 7_000, 200_000, 100));
    clock.add(exchange(1_000_000, 7_000, 150, 150));
    clock.add(exchange(2_000_000, 7_000, 100, 90_000));
    assert.equal(clock.estimate(3_000_000)?.offsetUs, 7_000);
  });

  test('follows a clock that drifts, within what it says', () => {
    const clock = new ClockOffset();
    for (let second = 0; second < 300; second++) {
      const offsetUs = second * 80;
      // The quietest trip of all is long past when the clocks have parted.
      clock.add(exchange(second * 1e6, offsetUs, second === 0 ? 1 : 2_000, second === 0 ? 1 : 2_000));
      const found = clock.estimate(second * 1e6 + 5_000);
      assert.ok(found !== undefined && Math.abs(found.offsetUs - offsetUs) <= found.errorUs + 1);
    }
  });

  test('does not count an exchange that cannot be', () => {
    const clock = new ClockOffset();
    clock.add({ sentUs: 100, remoteReceivedUs: 0, remoteSentUs: 0, receivedUs: 50 });
    clock.add({ sentUs: 0, remoteReceivedUs: 10, remoteSentUs: 0, receivedUs: 50 });
    clock.add({ sentUs: 0, remoteReceivedUs: 0, remoteSentUs: 1000, receivedUs: 50 });
    assert.equal(clock.estimate(100), undefined);
  });
});
