import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJsonLines, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { readSent } from './faults-figures.ts';

const frames = 300;

/** A camera that waits for nobody, at 100 pictures a second. */
function startPattern(port: number, ...args: string[]) {
  const live = ['--deliver', 'every', '--interval', '10', '--size', '64x48', '--count', `${frames}`, '--retries', '0'];
  return startProgram('node', 'image-sender', ['pattern', '--port', `${port}`, ...live, ...args]);
}

test('a live source with every is captured on while the receiver is away, and all of it arrives', async () => {
  const { receiver: first, port } = await startReceiver('node', ['--json']);
  await using _first = first;
  await using sender = startPattern(port);
  await first.waitForLine('stdout', /"sequence":5,/, soonMs);
  await first.stop();
  const goneMs = Date.now();
  const again = await startReceiver('node', ['--json', '--port', `${port}`]);
  const backMs = Date.now();
  await using second = again.receiver;
  assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
  await second.stop();
  const received = [first, second].flatMap(readJsonLines);
  const meanwhile = received.filter(
    ({ capturedAt }) => Date.parse(capturedAt) > goneMs && Date.parse(capturedAt) < backMs,
  );
  // A source that waits is one frame ahead, and a second is being sent.
  assert.ok(meanwhile.length > 4, `${meanwhile.length} captured in ${backMs - goneMs} ms`);
  assert.deepEqual(
    received.map(({ sequence }) => sequence),
    Array.from({ length: frames }, (_, i) => i + 1),
  );
  assert.deepEqual(readSent(sender), { frames, dropped: 0, uncertain: 0 });
});

test('frames that a live source captures beyond --buffer are dropped, and both ends count the gap', async () => {
  const { receiver: first, port } = await startReceiver('node', ['--json']);
  await using _first = first;
  await using sender = startPattern(port, '--buffer', '60K');
  await first.waitForLine('stdout', /"sequence":5,/, soonMs);
  await first.stop();
  await sender.waitForLine('stderr', /--buffer holds 60\.0 kB .*: 16 dropped so far\. A lower --fps/, soonMs);
  const again = await startReceiver('node', ['--json', '--port', `${port}`]);
  await using second = again.receiver;
  assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
  await second.stop();
  const sequences = [first, second].flatMap((receiver) => readJsonLines(receiver).map(({ sequence }) => sequence));
  const missing = (sequences.at(-1) ?? 0) - frames;
  assert.equal(new Set(sequences).size, frames);
  assert.deepEqual(
    sequences,
    sequences.toSorted((a, b) => a - b),
  );
  assert.deepEqual(readSent(sender), { frames, dropped: missing, uncertain: 0 });
  assert.match(sender.lines('stderr').at(-1) ?? '', /dropped, as --buffer was full/);
  assert.match(second.lines('stderr').join('\n'), new RegExp(`, ${missing} dropped by the sender`));
});
