import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FairScheduler } from '../../src/system/fair-scheduler.ts';
import type { Task } from '../../src/system/fair-task.ts';

/** A program with a clock of its own: a piece of work takes as long as it says, and the event loop turns when it is told to. */
class Trial {
  #nowMs = 0;
  #deferred: (() => void)[] = [];
  readonly scheduler = new FairScheduler({
    readClockMs: () => this.#nowMs,
    defer: (callback) => this.#deferred.push(callback),
  });
  /** Whose work was done, in its order. */
  done: string[] = [];

  /** Work that came for that task: so many pieces. */
  bring(name: string, task: Task, pieces: number, pieceMs = 0.25): void {
    const work = (left: number) => {
      if (!task.begin(() => work(left))) return;
      for (let i = left; i > 0; i--) {
        this.done.push(name);
        this.#nowMs += pieceMs;
        if (task.isOver && i > 1) {
          task.end();
          work(i - 1);
          return;
        }
      }
      task.end();
    };
    work(pieces);
  }

  /** One piece at a time. */
  bringOften(name: string, task: Task, times: number, between: (i: number) => void): void {
    for (let i = 0; i < times; i++) {
      this.bring(name, task, 1);
      between(i);
    }
  }

  /** The event loop turns once. */
  turn(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }

  pass(ms: number): void {
    this.#nowMs += ms;
  }
}

describe('FairScheduler', () => {
  test('lets work be done at once while there is little of it', () => {
    const trial = new Trial();
    const [first, second] = [trial.scheduler.join('a'), trial.scheduler.join('b')];
    for (let i = 0; i < 50; i++) {
      trial.bring('first', first, 1);
      trial.bring('second', second, 1);
      assert.equal(trial.done.length, 2 * (i + 1));
      trial.pass(33);
    }
  });

  test('gives the event loop its turn every few milliseconds, whatever the tasks do', () => {
    const trial = new Trial();
    const floods = Array.from({ length: 20 }, () => trial.scheduler.join('flood'));
    for (const flood of floods) trial.bring('flood', flood, 1000);
    for (let i = 1; i <= 20; i++) {
      assert.ok(trial.done.length <= 12 * i, `${trial.done.length} pieces of a quarter of a millisecond in ${i} turns`);
      trial.turn();
    }
  });

  for (const [where, key] of [
    ['from another address', 'good'],
    ['from the same address', 'flood'],
  ] as const) {
    test(`serves a task with little work first, beside twenty that have much ${where}`, () => {
      const trial = new Trial();
      const good = trial.scheduler.join(key);
      trial.bringOften('good', good, 20, () => trial.pass(33));
      for (let i = 0; i < 20; i++) trial.bring('flood', trial.scheduler.join('flood'), 100_000);
      for (let i = 0; i < 20; i++) trial.turn();
      trial.bringOften('good', good, 30, (i) => {
        trial.done = [];
        trial.turn();
        assert.equal(trial.done[0], 'good', `picture ${i}`);
        for (let j = 0; j < 8; j++) trial.turn();
      });
    });
  }

  test('serves one whose few turns are long soon, beside twenty of the same address that come and go', () => {
    const trial = new Trial();
    const good = trial.scheduler.join('shared');
    const floods = Array.from({ length: 20 }, () => trial.scheduler.join('shared'));
    // A chunk each; the next one comes when the event loop has turned.
    const flood = () => {
      for (const [i, task] of floods.entries()) if (task.resume === undefined) trial.bring(`flood ${i}`, task, 2);
    };
    for (let i = 0; i < 100; i++) {
      flood();
      trial.turn();
    }
    for (let i = 0; i < 30; i++) {
      flood();
      trial.done = [];
      // Longer than the turns of the others: two pictures that were stuck in the network.
      trial.bring('good', good, 2, 1);
      for (let turns = 1; !(trial.done.filter((name) => name === 'good').length === 2); turns++) {
        assert.ok(turns <= 4, `picture ${i}: after ${turns} turns of the event loop ${trial.done}`);
        flood();
        trial.turn();
      }
      for (let turns = 0; turns < 20; turns++) {
        flood();
        trial.turn();
      }
    }
  });

  test('lets one that was held up by the machine for a second not pay for it', () => {
    const trial = new Trial();
    const good = trial.scheduler.join('shared');
    const floods = Array.from({ length: 20 }, () => trial.scheduler.join('shared'));
    trial.bring('good', good, 1, 1000);
    for (const flood of floods) trial.bring('flood', flood, 100_000);
    for (let i = 0; i < 20; i++) trial.turn();
    for (let i = 0; i < 10; i++) {
      trial.bring('good', good, 1);
      trial.done = [];
      for (let turns = 0; turns < 25; turns++) trial.turn();
      assert.ok(trial.done.includes('good'), `picture ${i}`);
    }
  });

  test('gives each address as much as any other, however many connections it has', () => {
    const trial = new Trial();
    for (let i = 0; i < 50; i++) trial.bring('many', trial.scheduler.join('many'), 100_000);
    trial.bring('one', trial.scheduler.join('one'), 100_000);
    for (let i = 0; i < 100; i++) trial.turn();
    const ones = trial.done.filter((name) => name === 'one').length;
    assert.ok(Math.abs(ones / trial.done.length - 0.5) < 0.05, `${ones} of ${trial.done.length}`);
  });

  test('lets connections that come anew all the time not go before one that is there', () => {
    const trial = new Trial();
    const good = trial.scheduler.join('shared');
    // Its newest turn was a long one.
    trial.bring('good', good, 4);
    for (let i = 0; i < 50; i++) {
      for (let j = 0; j < 4; j++) trial.bring('new', trial.scheduler.join('shared'), 4);
      trial.bring('good', good, 1);
      trial.done = [];
      trial.turn();
      trial.turn();
      assert.ok(trial.done.includes('good'), `turn ${i}: ${trial.done}`);
    }
  });

  test('forgets a task that leaves while it waits', () => {
    const trial = new Trial();
    const busy = trial.scheduler.join('a');
    const gone = trial.scheduler.join('b');
    trial.bring('busy', busy, 100);
    trial.bring('gone', gone, 1);
    assert.equal(gone.leave(), true);
    for (let i = 0; i < 20; i++) trial.turn();
    assert.deepEqual(new Set(trial.done), new Set(['busy']));
    assert.equal(busy.leave(), false);
  });
});
