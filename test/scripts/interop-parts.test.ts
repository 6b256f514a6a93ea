import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { describeAnswer, splitAnswers } from '../../scripts/interop/http-parts.ts';
import { describePublished } from '../../scripts/interop/nats-parts.ts';
import { findDifference, summarizeAnswers } from '../../scripts/interop/transcripts.ts';
import { describeParts, findAnswered, splitParts } from '../../scripts/interop/wire-parts.ts';

/** A message of wire 2. */
function message(type: string, ...fields: readonly (string | Uint8Array)[]): Buffer {
  const payload = Buffer.concat(fields.map((field) => Buffer.from(field as string, 'latin1')));
  const head = Buffer.from(`\xab\x49\x53\x02${type}....`, 'latin1');
  head.writeUInt32BE(payload.length, 8);
  return Buffer.concat([head, payload]);
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function classic(body: string, time: string): Buffer {
  return Buffer.from(`${String(body.length).padEnd(64)}${body}${time.padEnd(64)}`, 'latin1');
}

/** With the length before it, in one byte. */
function short(text: string): string {
  return String.fromCharCode(text.length) + text;
}

function describeAll(...parts: readonly Uint8Array[]): string[] {
  return describeParts(splitParts(Buffer.concat(parts)));
}

const frame = (sequence: bigint, times: bigint, jpeg: string) =>
  message('FRAM', uint64(sequence), uint64(times), uint64(times), '\x01\xe0\x01\x3b', jpeg);
const hello = (stream: string, name: string, behind = '') =>
  message('HELO', short(stream), '\0\0\x27\x10\0', short(name), '\0\0', behind);
const answer = (sequence: bigint, latencyUs: bigint) => message('ACKN', uint64(sequence), uint64(latencyUs));

describe('recorded bytes of two runs', () => {
  const alike: Record<string, readonly [Uint8Array, Uint8Array]> = {
    'the times of frames': [frame(1n, 5n, 'jpeg'), frame(1n, 6n, 'jpeg')],
    'the machine and the version in a HELO': [hello('pi-k3x9f2ab', 'pi'), hello('pi-k3x9f2ab', 'pi', short('m9f7'))],
    'the chance in a stream id': [hello('pi-k3x9f2ab', 'pi'), hello('pi-00000000', 'pi')],
    'the time of a classic frame': [
      classic('YWJj', '2026-01-31 12:00:00.123456'),
      classic('YWJj', '2026-02-01 09:10:11.000000'),
    ],
    'the time and the chance in a mark': [
      classic('YWJj', '2026-01-31 12:00:00.123456 is2/pi-k3x9f2ab/42'),
      classic('YWJj', '2026-01-31 12:00:01.123456 is2/pi-00000000/42'),
    ],
    latencies: [answer(7n, 100n), answer(7n, -(2n ** 63n))],
    'the words of a skip': [
      message('skip', uint64(4n), short('NOT_JPEG'), 'It is none'),
      message('skip', uint64(4n), short('NOT_JPEG'), 'No JPEG'),
    ],
    'the words of a rejection': [
      message('FAIL', short('BAD_TOKEN'), 'The token is wrong'),
      message('FAIL', short('BAD_TOKEN'), 'Wrong'),
    ],
  };
  for (const [what, [before, after]] of Object.entries(alike)) {
    test(`are alike when they differ in ${what}`, () => assert.deepEqual(describeAll(before), describeAll(after)));
  }

  const different: Record<string, readonly [Uint8Array, Uint8Array]> = {
    'a sequence': [frame(1n, 5n, 'jpeg'), frame(2n, 5n, 'jpeg')],
    'a byte of a JPEG': [frame(1n, 5n, 'jpeg'), frame(1n, 5n, 'jpeG')],
    'a name': [hello('pi-k3x9f2ab', 'pi'), hello('pi-k3x9f2ab', 'po')],
    'the readable part of a stream id': [hello('pi-k3x9f2ab', 'pi'), hello('po-k3x9f2ab', 'pi')],
    'a byte behind the last field': [answer(7n, 1n), message('ACKN', uint64(7n), uint64(1n), '\0')],
    'the padding of a time': [
      classic('YWJj', '2026-01-31 12:00:00.123456'),
      classic('YWJj', '2026-01-31 12:00:00.123456\0'),
    ],
    'the sequence in a mark': [
      classic('YWJj', '2026-01-31 12:00:00.123456 is2/pi-k3x9f2ab/42'),
      classic('YWJj', '2026-01-31 12:00:00.123456 is2/pi-k3x9f2ab/43'),
    ],
    'an acknowledged sequence': [answer(7n, 1n), answer(8n, 1n)],
    'the code of a rejection': [message('FAIL', short('BAD_TOKEN'), 'no'), message('FAIL', short('IDLE'), 'no')],
    'the length of a pong': [message('pong', 'x'.repeat(32)), message('pong', 'x'.repeat(33))],
    'an end within a message': [answer(7n, 1n), answer(7n, 1n).subarray(0, 20)],
    'bytes of neither wire': [Buffer.from('GET'), Buffer.from('PUT')],
  };
  for (const [what, [before, after]] of Object.entries(different)) {
    test(`are told apart when they differ in ${what}`, () =>
      assert.notDeepEqual(describeAll(before), describeAll(after)));
  }

  test('are alike whenever pings come, and however many', () => {
    const ping = message('ping', uint64(1n));
    assert.deepEqual(describeAll(ping, answer(1n, 1n), ping), describeAll(answer(1n, 1n), message('ping', uint64(9n))));
    assert.notDeepEqual(describeAll(ping, answer(1n, 1n)), describeAll(answer(1n, 1n)));
  });
});

test('findAnswered gives the highest sequence that is acknowledged or skipped', () => {
  const skip = message('skip', uint64(9n), short('NOT_JPEG'), 'no');
  assert.equal(findAnswered(splitParts(Buffer.concat([answer(3n, 1n), skip, answer(8n, 1n)]))), 9);
  assert.equal(findAnswered(splitParts(message('WELC', uint64(20n), '\0\0\0\0'))), 0);
});

describe('answers over HTTP', () => {
  const tell = (text: string) => splitAnswers(Buffer.from(text.replaceAll('\n', '\r\n'))).map(describeAnswer);

  test('are alike but for times and words', () => {
    const before = tell('HTTP/1.1 204 No Content\nDate: Mon\n\nHTTP/1.1 100 Continue\n\n');
    assert.deepEqual(before, ['HTTP/1.1 204 No Content | Date: ? | no text', 'HTTP/1.1 100 Continue | no text']);
  });

  test('keep the code at the end of a text', () => {
    const text = 'Cannot (NOT_JPEG)\n';
    const bytes = Buffer.from(`HTTP/1.1 400 Bad Request\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    assert.deepEqual(splitAnswers(bytes).map(describeAnswer), [
      'HTTP/1.1 400 Bad Request | Content-Length: ? | text with NOT_JPEG',
    ]);
    assert.deepEqual(splitAnswers(bytes.subarray(0, -1)), []);
  });
});

test('describePublished tells of frames with the names of their headers, and of nothing else', () => {
  const head = 'NATS/1.0\r\nFrame-Size: 1x1\r\nFrame-Name: pi\r\n\r\n';
  const text = `CONNECT {}\r\nPUB events.pi 2\r\n{}\r\nHPUB frames.pi _INBOX.1 ${head.length} ${head.length + 4}\r\n${head}jpeg\r\nPING\r\n`;
  const [line = '', ...others] = describePublished(Buffer.from(text));
  assert.match(line, /^frames\.pi, 4 bytes, [0-9a-f]{16}, Frame-Name Frame-Size$/);
  assert.deepEqual(others, []);
});

test('findDifference names the first place only', () => {
  assert.deepEqual(findDifference('up', ['a', 'b'], ['a', 'b']), []);
  assert.deepEqual(findDifference('up', ['a', 'b', 'c'], ['a', 'x']), ['up: 2 of 3 is x, and was b']);
  assert.deepEqual(findDifference('up', ['a'], []), ['up: 1 of 1 is missing, and was a']);
});

test('summarizeAnswers keeps the last acknowledgement of each connection', () => {
  const slow = ['1: WELC', '1: ACKN 1', '1: skip 2', '1: ACKN 3', '2: WELC', '2: ACKN 4'];
  const quick = ['1: WELC', '1: skip 2', '1: ACKN 3', '2: WELC', '2: ACKN 4'];
  assert.deepEqual(summarizeAnswers(slow), summarizeAnswers(quick));
  assert.notDeepEqual(summarizeAnswers(slow), summarizeAnswers(quick.slice(0, -1)));
});
