import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatJson, formatLine, LineSink } from '../../../src/sinks/lines/line-sink.ts';
import { makeReceived, makeSender } from '../../support/frames.ts';

const times = { capturedAtUs: 1_000_000_000_000_000, receivedAtUs: 1_000_000_000_012_345 };
const picture = { jpeg: new Uint8Array(77), width: 480, height: 315 };
const classic = makeReceived({ ...times, ...picture, sequence: 3 });
const plain = makeReceived({ ...times, ...picture, sequence: 3, capturedAtUs: undefined });
const wire2 = makeReceived({
  ...times,
  ...picture,
  sequence: 3,
  connection: makeSender({ name: 'pi-01', stream: '0123456789abcdef', delivery: 'every', wallOffsetUs: -1_500_001 }),
  latency: { us: 3456.4, errorUs: 120 },
});

test('formatJson says what the classic wire can say, and null for the rest', () => {
  assert.deepEqual(JSON.parse(formatJson(classic)), {
    address: '127.0.0.1:1',
    name: null,
    stream: null,
    sequence: 3,
    capturedAt: '2001-09-09T01:46:40.000000Z',
    receivedAt: '2001-09-09T01:46:40.012345Z',
    latencyMs: 12.345,
    latencyErrorMs: null,
    clockOffsetMs: null,
    width: 480,
    height: 315,
    bytes: 77,
  });
});

test('formatJson says null for what a sender of bare JPEGs does not say', () => {
  const { sequence, capturedAt, receivedAt, latencyMs, latencyErrorMs, clockOffsetMs } = JSON.parse(formatJson(plain));
  assert.deepEqual([sequence, receivedAt], [3, '2001-09-09T01:46:40.012345Z']);
  assert.deepEqual([capturedAt, latencyMs, latencyErrorMs, clockOffsetMs], [null, null, null, null]);
});

test('formatJson gives the latency by compared clocks, its doubt and the offset on wire 2', () => {
  const { name, stream, latencyMs, latencyErrorMs, clockOffsetMs } = JSON.parse(formatJson(wire2));
  assert.deepEqual([name, stream], ['pi-01', '0123456789abcdef']);
  assert.deepEqual([latencyMs, latencyErrorMs, clockOffsetMs], [3.456, 0.12, -1500.001]);
});

test('formatJson is one line of JSON, whatever the sender calls itself', () => {
  const named = makeReceived({ connection: makeSender({ name: '"}\u2028' }) });
  const text = formatJson(named);
  assert.ok(!text.includes('\n'));
  assert.equal(JSON.parse(text).name, '"}\u2028');
});

test('formatLine begins as the lines of the Python server do and says whether clocks were compared', () => {
  const times = 'send time: 2001-09-09 01:46:40.000000  receive time: 2001-09-09 01:46:40.012345';
  assert.equal(formatLine(classic), `${times}  latency 12.3 ms, clocks not compared  127.0.0.1:1 #3 480x315 77 bytes`);
  assert.equal(formatLine(wire2), `${times}  latency 3.5 ms  pi-01 (127.0.0.1:1) #3 480x315 77 bytes`);
});

test('formatLine says the time of reception alone where the sender says no time', () => {
  const times = 'receive time: 2001-09-09 01:46:40.012345';
  assert.equal(formatLine(plain), `${times}  127.0.0.1:1 #3 480x315 77 bytes`);
});

function openLines() {
  const written: string[] = [];
  const told: string[] = [];
  const tell = (line: string) => void told.push(line);
  const output = {
    isFull: false,
    isBehind: () => output.isFull,
    wait: undefined as Promise<void> | undefined,
    write: (line: string) => {
      written.push(line);
      return output.wait;
    },
    flush: async (): Promise<void> => undefined,
  };
  const sink = new LineSink(({ sequence }) => `#${sequence}`, output, { info: tell, warn: tell });
  return { written, told, output, sink };
}

test('LineSink takes a frame at once, or when the writer is no longer behind where its sender waits', async () => {
  const { sink, output, written } = openLines();
  assert.equal(sink.write(classic), true);
  let catchUp: () => void = () => undefined;
  output.wait = new Promise<void>((resolve) => {
    catchUp = resolve;
  });
  output.isFull = true;
  const write = sink.write({ ...wire2, connection: { ...wire2.connection, delivery: 'every' } });
  assert.ok(write instanceof Promise);
  catchUp();
  assert.equal(await write, true);
  assert.deepEqual(written, ['#3', '#3']);
});

test('LineSink keeps a picture that was posted no longer than two seconds from its answer while the reader hangs', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { sink, output, written } = openLines();
  output.isFull = true;
  output.flush = () => new Promise(() => undefined);
  const write = sink.write({ ...plain, connection: makeSender({ delivery: 'every', awaitsReply: true }) });
  t.mock.timers.tick(2000);
  assert.equal(await write, true);
  assert.deepEqual([written, sink.stats.dropped], [[], 1]);
});

test('LineSink drops lines of frames that may be dropped while the reader is behind, and counts them', async () => {
  const { sink, output, written, told } = openLines();
  output.isFull = true;
  for (let i = 0; i < 3; i++) assert.equal(sink.write(classic), true);
  output.isFull = false;
  assert.equal(sink.write(classic), true);
  await sink.close();
  assert.deepEqual(written, ['#3']);
  assert.equal(sink.stats.dropped, 3);
  assert.deepEqual(told, [
    'The reader of standard output is behind: lines are dropped until it catches up',
    '3 lines were not printed, 1 was',
  ]);
});
