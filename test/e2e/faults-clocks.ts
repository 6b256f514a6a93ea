import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SteppedClock } from '../support/clock.ts';
import { readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { scaleMs } from '../support/speed.ts';
import { hourMs, pickPercentile, readTrueLatencyMs, waitForFrames, waitForLeft } from './faults-figures.ts';
import { openProtocol, type ProtocolName } from './faults-protocols.ts';
import type { Ends } from './suite.ts';

const tolerableMs = scaleMs(5);
/** Of two clocks that are read one after the other, at each end. */
const readingMs = 1;

interface Scenario {
  readonly end: 'sender' | 'receiver';
  readonly startMs: number;
  readonly stepMs: number;
  /** The warnings about clocks, in their order. */
  readonly warnings: readonly RegExp[];
}

const scenarios: Record<string, Scenario> = {
  "the sender's clock is set forward by an hour": {
    end: 'sender',
    startMs: 0,
    stepMs: hourMs,
    warnings: [/: its clock was set forward by 3600\.0 s; latency is right/],
  },
  "the receiver's clock is set forward by an hour": {
    end: 'receiver',
    startMs: 0,
    stepMs: hourMs,
    warnings: [/: this machine's clock was set forward by 3600\.0 s; latency is right/],
  },
  "the sender's clock is an hour ahead, and set right": {
    end: 'sender',
    startMs: hourMs,
    stepMs: -hourMs,
    warnings: [/: its clock is 3600\.0 s ahead of this machine's/, /: its clock was set back by 3600\.0 s/],
  },
  "the receiver's clock is an hour ahead, and set right": {
    end: 'receiver',
    startMs: hourMs,
    stepMs: -hourMs,
    warnings: [/: its clock is 3600\.0 s behind this machine's/, /: this machine's clock was set back by 3600\.0 s/],
  },
};

/** The clock of one end is wrong or set, and the latency stays right. */
export function defineClocks(ends: Ends, protocols: readonly ProtocolName[]): void {
  describe(`clocks, sender ${ends.sender}, receiver ${ends.receiver}`, { concurrency: 2 }, () => {
    for (const name of protocols) {
      for (const [what, scenario] of Object.entries(scenarios)) {
        test(`latency stays within 5 ms of the truth when ${what}: ${name}`, () => check(ends, name, scenario));
      }
    }
  });
}

async function check(ends: Ends, name: ProtocolName, { end, startMs, stepMs, warnings }: Scenario): Promise<void> {
  await using protocol = await openProtocol(name);
  await using clock = await SteppedClock.open(startMs);
  const optionsOf = (which: Scenario['end']) => (which === end ? { env: clock.env } : {});
  const { receiver, port } = await startReceiver(
    ends.receiver,
    ['--json', ...protocol.receiver],
    optionsOf('receiver'),
  );
  await using _receiver = receiver;
  const args = ['pattern', '--fps', '30', '--port', `${port}`, ...protocol.sender];
  await using sender = startProgram(ends.sender, 'image-sender', args, optionsOf('sender'));
  await waitForFrames(receiver, 75);
  await clock.step(stepMs);
  await receiver.waitForLine('stderr', /clock was set/, soonMs);
  await waitForFrames(receiver, 75);
  assert.equal((await sender.stop()).code, 0);
  const left = await waitForLeft(receiver);
  // Its lines may come after that.
  await receiver.stop();

  const told = receiver.lines('stderr').filter((line) => line.includes('clock'));
  assert.equal(told.length, warnings.length, told.join('\n'));
  for (const [i, warning] of warnings.entries()) assert.match(told[i] ?? '', warning);
  assert.ok(!sender.lines('stderr').some((line) => line.includes('clock')));

  const compared = readJsonLines(receiver).filter((frame) => frame.latencyErrorMs !== null);
  assert.ok(compared.length >= 100, `the clocks were compared for ${compared.length} frames`);
  const offMs = compared.map((frame) => Math.abs(frame.latencyMs - readTrueLatencyMs(frame)));
  for (const [i, { latencyErrorMs, sequence }] of compared.entries()) {
    const maxMs = (latencyErrorMs ?? 0) + readingMs;
    // A machine that is busy at the very start makes the first pings late, and the error that is told large.
    assert.ok(
      (offMs[i] ?? 0) <= Math.max(maxMs, tolerableMs),
      `sequence ${sequence} is off by ${offMs[i]} of ${maxMs} ms`,
    );
  }
  const defaultMs = pickPercentile(offMs, 0.95);
  assert.ok(defaultMs < tolerableMs, `off by ${defaultMs} ms`);
  const trueMs = pickPercentile(compared.map(readTrueLatencyMs), 0.5);
  assert.ok(Math.abs(left.p50Ms - trueMs) < tolerableMs, `p50 is ${trueMs} ms: ${left.line}`);
}
