import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Outbox } from '../../src/delivery/outbox.ts';
import { TrialFrameQueue, tcpTraits } from '../support/frames.ts';

test('Outbox of every frame delivers each frame exactly once and in order, whatever is sent, acknowledged and broken when', async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constant('send' as const) },
    { weight: 3, arbitrary: fc.constant('receive' as const) },
    { weight: 3, arbitrary: fc.constant('acknowledge' as const) },
    { weight: 1, arbitrary: fc.constant('break' as const) },
  );
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 120 }),
    fc.nat(40),
    fc.integer({ min: 1, max: 300 }),
    fc.nat(30),
    async (steps, frames, bufferBytes, count) => {
      const queue = new TrialFrameQueue('every');
      queue.capture(frames, 40);
      const outbox = new Outbox(queue, { ...tcpTraits, delivery: 'every', count, maxInFlight: 1, bufferBytes });
      const taken: number[] = [];
      let wire: number[] = [];
      let answers: number[] = [];
      const run = {
        send: async () => {
          if (outbox.hasRoom && (await outbox.ready())) wire.push(outbox.next().sequence);
          assert.ok(outbox.pending * 40 < bufferBytes + 40);
        },
        receive: () => {
          const sequence = wire.shift() ?? 0;
          if (sequence > (taken.at(-1) ?? 0)) taken.push(sequence);
          answers.push(taken.at(-1) ?? 0);
        },
        acknowledge: () => outbox.acknowledgeUpTo(answers.shift() ?? 0),
        break: () => {
          [wire, answers] = [[], [taken.at(-1) ?? 0]];
          outbox.rewind();
        },
      };
      for (const what of steps) await run[what]();
      const wanted = count === 0 ? frames : Math.min(count, frames);
      for (let i = 0; outbox.figures.delivered < wanted && i < 1000; i++) {
        await run.send();
        run.receive();
        run.acknowledge();
      }
      assert.deepEqual(
        taken,
        Array.from({ length: wanted }, (_, i) => i + 1),
      );
      assert.deepEqual([outbox.figures.delivered, outbox.pending, outbox.uncertain], [wanted, 0, 0]);
      assert.equal(await outbox.ready(), false);
    },
  );
  await fc.assert(property, { numRuns: 500 });
});

test('Outbox of the latest frame loses count of none and has never too many in flight, whatever comes when', async () => {
  const step = fc.constantFrom('capture', 'send', 'acknowledge', 'break', 'trim');
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 100 }),
    fc.integer({ min: 1, max: 4 }),
    async (steps, inFlight) => {
      const queue = new TrialFrameQueue('latest');
      const outbox = new Outbox(queue, {
        ...tcpTraits,
        delivery: 'latest',
        count: 0,
        maxInFlight: inFlight,
        bufferBytes: 1,
      });
      let wire: number[] = [];
      let newest = 0;
      const run = {
        capture: () => queue.capture(1),
        send: async () => {
          if (!outbox.hasRoom || !(await outbox.ready())) return;
          const { sequence } = outbox.next();
          assert.ok(sequence >= newest && !queue.hasFrame, `${sequence}`);
          newest = sequence;
          wire.push(sequence);
        },
        acknowledge: () => outbox.acknowledgeUpTo(wire.shift() ?? 0),
        trim: () => outbox.trim(),
        break: () => {
          outbox.rewind();
          wire = [];
          assert.ok(outbox.pending <= 1);
        },
      };
      for (const what of steps) {
        await run[what]();
        assert.ok(outbox.pending <= inFlight);
        const { uncertain } = outbox;
        const { delivered } = outbox.figures;
        assert.equal(delivered + queue.dropped + uncertain + queue.waiting, queue.captured);
      }
    },
  );
  await fc.assert(property, { numRuns: 500 });
});
