import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RemoteClock } from '../../src/frames/remote-clock.ts';

const second = 1_000_000;
const hour = 3600 * second;
const epochUs = 1_700_000_000 * second;

/** Two machines and the network between them, all in microseconds. */
class Machines {
  readonly #watch = new RemoteClock();
  #nowUs = 10 * second;
  /** The sender's monotonic clock less ours. */
  monotonicOffsetUs = 123_456 * second;
  /** The sender's wall clock less the truth. */
  remoteUs = 0;
  /** Ours less the truth. */
  localUs = 0;
  delayUs = 200;

  /** A second passes and a pong comes. Gives what a person is told. */
  exchange(): string | undefined {
    this.#nowUs += second;
    const sentUs = this.#nowUs;
    this.#nowUs += this.delayUs;
    const remoteReceivedUs = this.#nowUs + this.monotonicOffsetUs;
    const remoteWallUs = epochUs + this.#nowUs + this.remoteUs;
    this.#nowUs += this.delayUs;
    return this.#watch.take(
      { type: 'pong', sentUs, remoteReceivedUs, remoteSentUs: remoteReceivedUs, remoteWallUs },
      { monotonicUs: this.#nowUs, wallUs: epochUs + this.#nowUs + this.localUs },
    );
  }

  /** The messages for a person in that many seconds. */
  run(seconds: number): string[] {
    return Array.from({ length: seconds }, () => this.exchange()).filter((news) => news !== undefined);
  }

  get wallOffsetUs(): number | undefined {
    return this.#watch.wallOffsetUs;
  }

  get offsetUs(): number | undefined {
    return this.#watch.estimate(this.#nowUs)?.offsetUs;
  }
}

test('RemoteClock knows nothing before the first pong', () => {
  const watch = new RemoteClock();
  assert.deepEqual([watch.wallOffsetUs, watch.estimate(0)], [undefined, undefined]);
});

test('RemoteClock has the offsets of both clocks and says nothing when the wall clocks agree to a second', () => {
  const machines = new Machines();
  machines.remoteUs = -900_000;
  assert.deepEqual(machines.run(20), []);
  assert.equal(machines.wallOffsetUs, -900_000);
  assert.equal(machines.offsetUs, machines.monotonicOffsetUs);
});

test('RemoteClock says once that a clock is off', () => {
  const cases = { '3600.0 s ahead of': hour, '3600.0 s behind': -hour, '1.5 s ahead of': 1.5 * second };
  for (const [words, offsetUs] of Object.entries(cases)) {
    const machines = new Machines();
    machines.remoteUs = offsetUs;
    const what = `its clock is ${words} this machine's; latency is right all the same, times are not`;
    const expected = `${what}. \`sudo timedatectl set-ntp true\` sets the clock that is wrong`;
    assert.deepEqual(machines.run(20), [expected]);
    assert.equal(machines.wallOffsetUs, offsetUs);
  }
});

test('RemoteClock does not say that a clock is off when the round trip is too long to be sure', () => {
  const machines = new Machines();
  machines.delayUs = 600_000;
  machines.remoteUs = 1.5 * second;
  assert.deepEqual(machines.run(3), []);
  machines.delayUs = 200;
  assert.equal(machines.run(3).length, 1);
});

test('RemoteClock says that a clock was set, whose, where and how far, when nothing else is wrong', () => {
  const machines = new Machines();
  machines.run(3);
  machines.remoteUs = 0.8 * second;
  assert.deepEqual(machines.run(20), ['its clock was set forward by 0.8 s; latency is right all the same']);
  assert.equal(machines.wallOffsetUs, 0.8 * second);
  machines.localUs = 0.8 * second;
  assert.deepEqual(machines.run(20), ["this machine's clock was set forward by 0.8 s; latency is right all the same"]);
  machines.remoteUs = 0;
  assert.deepEqual(machines.run(20), ['its clock was set back by 0.8 s; latency is right all the same']);
});

test('RemoteClock says once that a clock was set by an hour, and nothing more of it', () => {
  const remote = new Machines();
  remote.run(3);
  remote.remoteUs = hour;
  assert.deepEqual(remote.run(20), ['its clock was set forward by 3600.0 s; latency is right all the same']);
  const local = new Machines();
  local.run(3);
  local.localUs = -hour;
  assert.deepEqual(local.run(20), ["this machine's clock was set back by 3600.0 s; latency is right all the same"]);
});

test('RemoteClock keeps the offset of the monotonic clocks when a wall clock is set', () => {
  const machines = new Machines();
  machines.run(3);
  machines.remoteUs = hour;
  machines.localUs = -hour;
  machines.run(3);
  assert.equal(machines.offsetUs, machines.monotonicOffsetUs);
});

test('RemoteClock says nothing of clocks that drift as quartz does', () => {
  const machines = new Machines();
  for (let i = 0; i < 600; i++) {
    machines.remoteUs += 50;
    assert.equal(machines.exchange(), undefined);
  }
});
