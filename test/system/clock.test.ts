import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { WallClock } from '../../src/system/clock.ts';

const startMs = 1_790_000_000_000;

/** A machine's two clocks: time goes on by each reading, and by what a pause adds. */
class Machine {
  elapsedMs = 0;
  setMs = 0;
  /** Before the reading with this number the process stands still so long. */
  readonly pausesMs = new Map<number, number>();
  #readings = 0;

  readonly readWallMs = (): number => Math.floor(startMs + this.#goOn() + this.setMs);
  readonly readFineMs = (): number => this.#goOn();
  get trueUs(): number {
    return (startMs + this.elapsedMs + this.setMs) * 1000;
  }

  pauseBefore(readingsFromNow: number, ms: number): void {
    this.pausesMs.set(this.#readings + readingsFromNow, ms);
  }

  #goOn(): number {
    this.#readings += 1;
    this.elapsedMs += 0.001 + (this.pausesMs.get(this.#readings) ?? 0);
    return this.elapsedMs;
  }
}

describe('WallClock', () => {
  test('never goes back when the process pauses between two readings, and stays within a millisecond', () => {
    const steps = fc.array(
      fc.record({ waitMs: fc.double({ min: 0, max: 5, noNaN: true }), at: fc.integer({ min: 1, max: 8 }) }),
      { minLength: 20, maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, fc.double({ min: 2.5, max: 40, noNaN: true }), (taken, pauseMs) => {
        const machine = new Machine();
        const clock = new WallClock(machine);
        let lastUs = 0;
        for (const { waitMs, at } of taken) {
          machine.elapsedMs += waitMs;
          machine.pauseBefore(at, pauseMs);
          const nowUs = clock.read().wallUs;
          assert.ok(nowUs >= lastUs, `${nowUs} after ${lastUs}`);
          assert.ok(Math.abs(nowUs - machine.trueUs) < (pauseMs + 1.1) * 1000);
          lastUs = nowUs;
        }
        machine.elapsedMs += 100;
        machine.pausesMs.clear();
        assert.ok(Math.abs(clock.read().wallUs - machine.trueUs) < 1100);
      }),
    );
  });

  test('pauses when the system clock is set back by a few milliseconds, and is right after', () => {
    const machine = new Machine();
    const clock = new WallClock(machine);
    const beforeUs = clock.read().wallUs;
    machine.setMs = -9;
    assert.equal(clock.read().wallUs, beforeUs);
    machine.elapsedMs += 5;
    assert.equal(clock.read().wallUs, beforeUs);
    machine.elapsedMs += 10;
    assert.ok(Math.abs(clock.read().wallUs - machine.trueUs) < 1100);
  });

  for (const [what, setMs] of [
    ['back by an hour', -3_600_000],
    ['forward by an hour', 3_600_000],
    ['back by a tenth of a second', -100],
  ] as const) {
    test(`follows at once when the system clock is set ${what}`, () => {
      const machine = new Machine();
      const clock = new WallClock(machine);
      clock.read().wallUs;
      machine.setMs = setMs;
      assert.ok(Math.abs(clock.read().wallUs - machine.trueUs) < 1100);
    });
  }

  test('comes close to the truth when it is read often', () => {
    const machine = new Machine();
    const clock = new WallClock(machine);
    for (let i = 0; i < 100; i += 1) {
      machine.elapsedMs += 3.37;
      clock.read();
    }
    assert.ok(Math.abs(clock.read().wallUs - machine.trueUs) < 100);
  });

  test('reads both clocks at one moment, whatever the pause between two readings', () => {
    const machine = new Machine();
    const clock = new WallClock(machine);
    const first = clock.read();
    for (const at of [1, 2, 3]) {
      machine.pauseBefore(at, 30);
      const { wallUs, monotonicUs } = clock.read();
      assert.ok(Math.abs(wallUs - first.wallUs - (monotonicUs - first.monotonicUs)) <= 1001, `pause before ${at}`);
    }
  });

  test('has microseconds, and they go on between two milliseconds', () => {
    const machine = new Machine();
    const clock = new WallClock(machine);
    const firstUs = clock.read().wallUs;
    machine.elapsedMs += 0.25;
    const betweenUs = clock.read().wallUs - firstUs;
    assert.ok(betweenUs >= 250 && betweenUs < 300, `${betweenUs}`);
  });
});
