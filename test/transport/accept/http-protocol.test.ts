import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { CodedError } from '../../../src/errors.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { settle } from '../../support/frames.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { until } from '../../support/until.ts';
import { TrialConversation } from './trial-conversation.ts';

const [first, second] = [tinyJpeg(64, 48, 200), tinyJpeg(32, 24, 300)];
const success = /^HTTP\/1\.1 204 No Content\r\nDate: [^\r]+ GMT\r\n\r\n$/;

function put(path: string, body: Uint8Array, ...headers: string[]): Uint8Array {
  const lines = [`PUT ${path} HTTP/1.1`, 'Host: pc', `Content-Length: ${body.length}`, ...headers];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

function chunk(body: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(body as string);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

const chunkedHead = 'POST /garden HTTP/1.1\r\nHost: pc\r\nTransfer-Encoding: chunked\r\n\r\n';
const boundary = '\r\n--ffmpeg\r\nContent-type: image/jpeg\r\n\r\n';

/** The error with which a request is rejected, and the answer. */
async function reject(trial: TrialConversation, bytes: Uint8Array | string) {
  const error: unknown = await trial.send(bytes).then(
    () => undefined,
    (thrown) => thrown,
  );
  assert.ok(error instanceof ProtocolError, 'not rejected');
  return { error, answer: trial.closingText(error) ?? '' };
}

describe('HttpProtocol', () => {
  test('takes a picture of a PUT, names its sender by the path and says so', async () => {
    const trial = new TrialConversation();
    await trial.send(put('/cameras/garden', first));
    assert.deepEqual([trial.receiver.taken, trial.sender.name], [[1], 'garden']);
    assert.equal(trial.receiver.frames[0]?.capturedAtUs, undefined);
    assert.ok(Buffer.from(trial.receiver.frames[0]?.jpeg ?? []).equals(first));
    assert.match(trial.written, success);
    assert.deepEqual(trial.ends, []);
  });

  test('takes one request after another over one connection, each with its name', async () => {
    const trial = new TrialConversation();
    const requests = Buffer.concat([put('/a', first), put('/a', second)]);
    for (const byte of requests) await trial.send(Uint8Array.of(byte));
    assert.deepEqual([trial.receiver.taken, trial.sender.name], [[1, 2], 'a']);
    assert.equal(trial.written.split('204 No Content').length, 3);
    assert.deepEqual(trial.receiver.events, ['a arrives']);
  });

  test('takes each name for a sender of its own when one connection brings several, by turns', async () => {
    const trial = new TrialConversation();
    for (const path of ['/a', '/b', '/', '/a', '/b', '/b']) await trial.send(put(path, first));
    trial.senders.leave(undefined);
    const { frames, events } = trial.receiver;
    assert.deepEqual(
      frames.map(({ connection, sequence }) => [connection.name, sequence]),
      [
        ...[['a', 1] as const, ['b', 1] as const, [undefined, 1] as const],
        ...[['a', 2] as const, ['b', 2] as const, ['b', 3] as const],
      ],
    );
    assert.deepEqual(events, [
      ...['a arrives', 'b arrives', 'undefined arrives'],
      ...['b leaves after 3', 'undefined leaves after 1', 'a leaves after 2'],
    ]);
  });

  test('rejects the picture of one new name too many, with the limit, and blames no earlier sender', async () => {
    const trial = new TrialConversation({ names: 2 });
    for (const path of ['/a', '/b', '/a', '/']) await trial.send(put(path, first));
    const { error, answer } = await reject(trial, put('/c', first));
    assert.equal(error.code, 'TOO_MANY_SENDERS');
    assert.match(answer, /^HTTP\/1\.1 503 .*at most 2 at once \(--max-per-address\) and 1 a second may come/s);
    trial.senders.leave(error);
    assert.deepEqual(trial.receiver.events.slice(3), [
      'c leaves after 0: TOO_MANY_SENDERS',
      ...['b leaves after 1', 'a leaves after 2', 'undefined leaves after 1'],
    ]);
  });

  test('blames no earlier sender when a request is rejected by its head', async () => {
    const trial = new TrialConversation();
    await trial.send(put('/a', first));
    const { error } = await reject(trial, 'GET / HTTP/1.1\r\n\r\n');
    trial.senders.leave(error);
    assert.deepEqual(trial.receiver.events, ['a arrives', 'undefined leaves after 0: BAD_REQUEST', 'a leaves after 1']);
  });

  const bad: Record<string, [body: Uint8Array, answer: RegExp]> = {
    'none at all': [Buffer.from('hello'), /^HTTP\/1\.1 400 .*it holds none in 5 bytes \[NOT_JPEG\]/s],
    'a broken one': [
      Buffer.concat([first.subarray(0, 2), Uint8Array.of(0), first.subarray(2)]),
      /^HTTP\/1\.1 400 .*none in \d+ bytes; skipped \d+ bytes: a JPEG is broken: there is no marker at byte 2/s,
    ],
    'half a one': [first.subarray(0, -9), /^HTTP\/1\.1 400 .*ended within a JPEG/s],
    'one over --max-size': [tinyJpeg(5000, 10), /^HTTP\/1\.1 413 .*<= 4096x4096: it is 5000x10/s],
    'one over --max-frame': [tinyJpeg(64, 48, 3000), /^HTTP\/1\.1 413 .*<= 2000 bytes: it goes on/s],
  };
  for (const [what, [body, answer]] of Object.entries(bad)) {
    test(`rejects a picture that is ${what} and goes on, when others share the connection`, async () => {
      const trial = new TrialConversation({ limits: { ...defaultFrameLimits, maxFrameBytes: 2000 } });
      for (const [path, picture] of [['/a', first] as const, ['/b', body] as const, ['/a', second] as const]) {
        await trial.send(put(path, picture));
      }
      const [before, rejected, after] = trial.written.split(/(?=HTTP\/1\.1 )/);
      assert.match(before ?? '', success);
      assert.match(rejected ?? '', answer);
      assert.doesNotMatch(rejected ?? '', /Connection: close/);
      assert.match(after ?? '', success);
      assert.deepEqual([trial.ends, trial.receiver.taken], [[], [1, 2]]);
      trial.senders.leave(undefined);
      const leaves = trial.receiver.events.filter((event) => !event.startsWith('skipped'));
      assert.deepEqual(leaves, ['a arrives', 'a leaves after 2', 'b leaves after 0']);
    });
  }

  test('ends a connection over which nothing but bad pictures comes any more', async () => {
    const trial = new TrialConversation();
    await trial.send(put('/a', first));
    for (let i = 0; i < 16; i++) await trial.send(put('/b', Buffer.from('hello')));
    const { error } = await reject(trial, put('/b', Buffer.from('hello')));
    trial.senders.leave(error);
    assert.deepEqual(trial.receiver.events.slice(-2), ['b leaves after 0: NOT_JPEG', 'a leaves after 1']);
  });

  test('takes the other pictures of a body when one is over a limit, and says that one was', async () => {
    const trial = new TrialConversation();
    await trial.send(put('/a', Buffer.concat([tinyJpeg(5000, 10), first, tinyJpeg(5000, 10), second])));
    assert.deepEqual([trial.receiver.taken, trial.sender.skipped], [[1, 2], 2]);
    assert.match(trial.written, /^HTTP\/1\.1 413 .*<= 4096x4096: it is 5000x10/s);
    assert.deepEqual(trial.ends, []);
  });

  test('lets a sender go when it was silent for too long while others go on, and takes it again', async () => {
    const trial = new TrialConversation({ idleTimeoutMs: 30 });
    for (const path of ['/a', '/b']) await trial.send(put(path, first));
    await until(() => trial.receiver.events.length === 3, 'the leaving of a');
    await trial.send(put('/a', second));
    const expected = ['a arrives', 'b arrives', 'a leaves after 1', 'a arrives'];
    assert.deepEqual(trial.receiver.events.slice(0, 4), expected);
    // Its sequences go on, as frames that count from 1 again would be taken for duplicates.
    assert.deepEqual(trial.receiver.taken, [1, 1, 2]);
  });

  test('lets the one go that was silent longest when more names come than may, and takes all the same', async () => {
    const trial = new TrialConversation({ others: 2 });
    for (const path of ['/a', '/b', '/c', '/d', '/b', '/e']) await trial.send(put(path, first));
    assert.deepEqual(trial.receiver.events, [
      ...['a arrives', 'b arrives', 'c arrives', 'a leaves after 1'],
      ...['d arrives', 'c leaves after 1', 'e arrives'],
    ]);
    const alone = new TrialConversation({ others: 0 });
    for (const path of ['/a', '/b']) await alone.send(put(path, first));
    assert.deepEqual(alone.receiver.events, ['a arrives', 'a leaves after 1', 'b arrives']);
  });

  test('says of a sender that it goes on without an end while a body does that says no length', async () => {
    const trial = new TrialConversation();
    await trial.send(Buffer.concat([Buffer.from(chunkedHead), chunk(first)]));
    assert.deepEqual([trial.sender.isEndless, trial.sender.delivery], [true, 'latest']);
    await trial.send('0\r\n\r\n');
    assert.equal(trial.sender.isEndless, false);
    await trial.send(put('/garden', first).subarray(0, -9));
    assert.deepEqual([trial.sender.isEndless, trial.sender.delivery], [false, 'every']);
  });

  test('takes the pictures of a multipart body as they come, and counts nothing between them', async () => {
    const trial = new TrialConversation();
    await trial.send(chunkedHead);
    for (let i = 1; i <= 3; i++) {
      await trial.send(chunk(boundary));
      await trial.send(chunk(first));
      assert.equal(trial.receiver.taken.length, i);
      assert.equal(trial.written, '');
    }
    await trial.send(Buffer.concat([chunk('\r\n--ffmpeg--\r\n'), Buffer.from('0\r\n\r\n')]));
    assert.match(trial.written, success);
    assert.deepEqual([trial.sender.frames, trial.sender.skipped], [3, 0]);
  });

  test('asks for the body of a request that waits, once it is let in', async () => {
    const trial = new TrialConversation();
    const bytes = put('/', first, 'Expect: 100-continue');
    await trial.send(bytes.subarray(0, -first.length));
    assert.equal(trial.written, 'HTTP/1.1 100 Continue\r\n\r\n');
    await trial.send(first);
    assert.match(trial.written.slice(25), success);
  });

  test('ends the connection after the answer when the client asks for that', async () => {
    const trial = new TrialConversation();
    await trial.send(put('/', first, 'Connection: close'));
    assert.match(trial.written, /^HTTP\/1\.1 204 .*\r\nConnection: close\r\n\r\n$/s);
    assert.deepEqual([trial.ends, trial.closingText()], [[undefined], undefined]);
  });

  test('answers when the sinks have taken the picture, and not before', async () => {
    const trial = new TrialConversation();
    trial.receiver.answer = undefined;
    const sending = trial.send(put('/', first));
    await settle();
    assert.deepEqual([trial.receiver.taken, trial.written], [[1], '']);
    await trial.receiver.finish();
    await sending;
    assert.match(trial.written, success);
  });

  test('says that the receiver ends when the sinks have not taken a picture', async () => {
    const trial = new TrialConversation();
    trial.receiver.answer = false;
    await trial.send(put('/', first));
    assert.deepEqual([trial.ends, trial.written], [[undefined], '']);
    assert.match(trial.closingText() ?? '', /^HTTP\/1\.1 503 .*the receiver ends/s);
  });

  test('says at a stop whether the current request was taken', async () => {
    const whole = new TrialConversation();
    const steps = whole.protocol.receive(put('/', first));
    // The head, then the picture: here the stop comes.
    steps.next();
    steps.next();
    assert.match(whole.closingText() ?? '', /^HTTP\/1\.1 204 No Content\r\n.*Connection: close/s);
    const part = new TrialConversation();
    await part.send(Buffer.concat([Buffer.from(chunkedHead), chunk(first)]));
    assert.match(part.closingText() ?? '', /^HTTP\/1\.1 503 Service Unavailable\r\n/);
  });

  test('rests between two requests, and not before, within or instead of one', async () => {
    const trial = new TrialConversation();
    const bytes = put('/', first);
    const rests: boolean[] = [];
    for (const part of [bytes.subarray(0, 20), bytes.subarray(20, 100), bytes.subarray(100), bytes.subarray(0, 5)]) {
      await trial.send(part);
      rests.push(trial.protocol.isResting);
    }
    assert.deepEqual(rests, [false, false, true, false]);
  });

  test('is told of as a sender when a picture is whole, and not between two requests', async () => {
    const trial = new TrialConversation();
    const look = () => {
      const { hasStarted, isSender, isWithinFrame } = trial.protocol;
      return [hasStarted, isSender, isWithinFrame];
    };
    await trial.send(chunkedHead.slice(0, 40));
    assert.deepEqual(look(), [false, false, true]);
    await trial.send(chunkedHead.slice(40));
    assert.deepEqual(look(), [true, false, false]);
    await trial.send(chunk(first.subarray(0, 50)));
    assert.ok(trial.protocol.isWithinFrame);
    await trial.send(chunk(first.subarray(50)));
    assert.ok(trial.protocol.isSender);
    await trial.send('0\r\n\r\n');
    assert.ok(!trial.protocol.isSender);
  });

  test('lets a stream go that ends between two pictures without a word, and no other', async () => {
    const begun = Buffer.concat([Buffer.from(chunkedHead), chunk(boundary), chunk(first)]);
    const trial = new TrialConversation();
    await trial.send(begun);
    await trial.finish();
    assert.equal(trial.closingText(), undefined);
    for (const torn of [
      Buffer.concat([begun, chunk(first.subarray(0, 100))]),
      Buffer.concat([put('/', first), Buffer.from('PUT /')]),
      put('/', Buffer.concat([first, second])).subarray(0, -second.length),
    ]) {
      const other = new TrialConversation();
      await other.send(torn);
      await assert.rejects(other.finish(), { code: 'TORN_FRAME' });
      assert.deepEqual(other.receiver.taken, [1]);
    }
  });

  const large = { ...defaultFrameLimits, maxFrameBytes: 1000 };
  const rejections: Record<string, [bytes: Uint8Array | string, status: RegExp, code: string]> = {
    'a body without a picture': [
      put('/', Buffer.from('hello')),
      /^HTTP\/1\.1 400 .*it holds none in 5 bytes/s,
      'NOT_JPEG',
    ],
    'an empty body': [put('/', new Uint8Array()), /^HTTP\/1\.1 400 .*it holds none in 0 bytes/s, 'NOT_JPEG'],
    'half a picture': [put('/', first.subarray(0, -9)), /^HTTP\/1\.1 400 .*ended within a JPEG/s, 'TORN_FRAME'],
    'a picture over the limit': [
      put('/', tinyJpeg(65535, 65535)),
      /^HTTP\/1\.1 413 .*it is 65535x65535/s,
      'PICTURE_TOO_LARGE',
    ],
    'a picture that is too long': [
      put('/', tinyJpeg(64, 48, 2000)),
      /^HTTP\/1\.1 413 .*<= 1000 bytes/s,
      'FRAME_TOO_LONG',
    ],
    'a GET': ['GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 405 .*Allow: POST, PUT\r\n.*curl -T picture\.jpg/s, 'BAD_REQUEST'],
    'a HEAD': ['HEAD / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 405 .*Allow: POST, PUT\r\n\r\n$/s, 'BAD_REQUEST'],
    'a CONNECT': ['CONNECT pc:1 HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 405 /, 'BAD_REQUEST'],
    'a body that says no length': ['POST / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 411 /, 'BAD_REQUEST'],
    'a request of a web page': [put('/', first, 'Origin: http://example.org'), /^HTTP\/1\.1 403 /, 'NOT_ACCEPTED'],
    'two lengths': [put('/', first, 'Content-Length: 5'), /^HTTP\/1\.1 400 /, 'BAD_REQUEST'],
  };
  for (const [what, [bytes, status, code]] of Object.entries(rejections)) {
    test(`rejects ${what} and says why`, async () => {
      const trial = new TrialConversation({ limits: large });
      const { error, answer } = await reject(trial, bytes);
      assert.equal(error.code, code);
      assert.match(answer, status);
      assert.match(answer, /\r\nConnection: close\r\n/);
      assert.deepEqual(trial.receiver.taken, []);
    });
  }

  test('rejects all requests alike where there is a token, before their bodies', async () => {
    const trial = new TrialConversation({ token: 'correct horse' });
    const { error, answer } = await reject(trial, put('/', first, 'Expect: 100-continue').subarray(0, -first.length));
    assert.equal(error.code, 'TOKEN_MISSING');
    assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/);
    assert.deepEqual([trial.written, trial.protocol.isSender], ['', false]);
  });

  test('rejects more than 4 KiB between two pictures no sooner than other garbage', async () => {
    const trial = new TrialConversation();
    await trial.send(put('/', Buffer.concat([first, Buffer.alloc(5000, 'x'), second])));
    assert.deepEqual([trial.receiver.taken, trial.sender.skipped], [[1, 2], 1]);
    const { error } = await reject(trial, put('/', Buffer.alloc(2 ** 21, 'x')));
    assert.equal(error.code, 'NOT_JPEG');
    assert.match(error.message, /within 1048576 bytes/);
  });

  test('has an answer for each way to end', () => {
    const trial = new TrialConversation();
    return trial.send(chunkedHead).then(() => {
      const say = (code: ConstructorParameters<typeof CodedError>[0]) =>
        /^HTTP\/1\.1 (\d+) [A-Z]/.exec(trial.closingText(new CodedError(code, 'x')) ?? '')?.[1];
      assert.deepEqual(
        [say('IDLE'), say('TOO_MANY_SENDERS'), say('FAULT'), say('TORN_FRAME')],
        ['408', '503', '500', '400'],
      );
    });
  });
});
