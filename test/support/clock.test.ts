import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { Child, type ChildOptions } from './child.ts';
import { SteppedClock } from './clock.ts';
import { fakeJpeg } from './jpeg.ts';
import { programCommand, soonMs, startReceiver } from './programs.ts';
import { RawClient } from './raw-client.ts';

const hourMs = 3_600_000;
/** Milliseconds that a slow machine may add anywhere; far less than the steps. */
const slackMs = 60_000;

// Prints both clocks at each turn of a timer: a timer that followed the wall clock would fall silent or run wild.
const ticker = `
  import process from 'node:process';
  const startMs = performance.now();
  setInterval(() => {
    process.stdout.write(JSON.stringify({ wallMs: Date.now(), steadyMs: performance.now() - startMs }) + '\\n');
  }, 50);
`;

interface Tick {
  wallMs: number;
  steadyMs: number;
}

function startTicker(runtime: 'node' | 'deno', options: ChildOptions): Child {
  const [command = ''] = programCommand(runtime, 'image-sender');
  const args = runtime === 'node' ? ['--input-type=module', '--eval', ticker] : ['eval', ticker];
  return new Child(command, args, options);
}

async function readTick(child: Child): Promise<Tick> {
  const [line] = await child.waitForLine('stdout', /^\{.*\}$/, soonMs);
  return JSON.parse(line) as Tick;
}

/** The first tick whose wall clock is about this far from ours. */
async function waitForOffset(child: Child, offsetMs: number): Promise<Tick> {
  for (;;) {
    const tick = await readTick(child);
    if (Math.abs(tick.wallMs - Date.now() - offsetMs) < slackMs) return tick;
    assert.ok(tick.steadyMs < soonMs, `still ${tick.wallMs - Date.now()} ms off`);
  }
}

for (const runtime of ['node', 'deno'] as const) {
  test(`SteppedClock sets the wall clock of ${runtime} and leaves its timers alone when it steps`, async () => {
    await using clock = await SteppedClock.open();
    await using child = startTicker(runtime, { env: clock.env });
    let offsetMs = 0;
    let last = await waitForOffset(child, 0);
    for (const stepMs of [hourMs, -3 * hourMs, 2 * hourMs]) {
      await clock.step(stepMs);
      offsetMs += stepMs;
      assert.equal(clock.offsetMs, offsetMs);
      const tick = await waitForOffset(child, offsetMs);
      assert.ok(tick.steadyMs > last.steadyMs && tick.steadyMs - last.steadyMs < slackMs);
      last = tick;
    }
  });
}

test('SteppedClock is wrong from the start when it is opened with an offset', async () => {
  await using clock = await SteppedClock.open(-hourMs);
  await using child = startTicker('node', { env: clock.env });
  await waitForOffset(child, -hourMs);
});

test('SteppedClock sets the wall clock of a packaged program while it runs', async () => {
  await using clock = await SteppedClock.open();
  const { receiver, port } = await startReceiver('packaged', ['--json'], { env: clock.env });
  await using _stop = receiver;
  using client = await RawClient.open(port);
  const frame = encodeClassicFrame({ jpeg: fakeJpeg(32, 16), capturedAtUs: 0 });
  for (const offsetMs of [0, hourMs]) {
    await clock.step(offsetMs);
    await client.send(frame);
    const [, receivedAt = ''] = await receiver.waitForLine('stdout', /"receivedAt":"([^"]*)"/, soonMs);
    assert.ok(Math.abs(Date.parse(receivedAt) - Date.now() - offsetMs) < slackMs, receivedAt);
  }
});
