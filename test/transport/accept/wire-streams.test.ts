import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { NewNameLimiter } from '../../../src/delivery/new-name-limiter.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import type { Incoming } from '../../../src/protocol/stream-decoder.ts';
import { hello, marked, picture, settle, stream, TrialReceiver, unmarked } from '../../support/frames.ts';

let receiver = new TrialReceiver();
afterEach(() => {
  for (const protocol of receiver.protocols) protocol.end();
  receiver = new TrialReceiver();
});

describe('WireProtocol, on the classic wire', () => {
  test('writes nothing and counts frames itself', () => {
    const { protocol, written } = receiver.open();
    for (const sequence of [7, 8, 9]) assert.ok(!(protocol.handle(unmarked(sequence)) instanceof Promise));
    assert.deepEqual(receiver.taken, [1, 2, 3]);
    assert.deepEqual(written, []);
    assert.equal(receiver.frames[0]?.latency, undefined);
    assert.deepEqual(
      [protocol.connection.frames, protocol.connection.bytes, protocol.connection.stream],
      [3, 3, undefined],
    );
  });

  test('makes the next frame wait when the sinks do', async () => {
    receiver.answer = undefined;
    const waiting = receiver.open().protocol.handle(unmarked(1));
    assert.ok(waiting instanceof Promise);
    await receiver.finish();
    await waiting;
  });
});

describe('WireProtocol, with the stream of a sender at another address', () => {
  const foreign = () => receiver.open(undefined, undefined, '10.0.0.9:1').protocol;

  for (const [what, incoming] of Object.entries({ 'a hello': hello, 'a marked frame': marked(7) })) {
    test(`rejects ${what}, and goes on with that sender`, () => {
      const own = receiver.open();
      own.protocol.handle(hello);
      own.protocol.handle(picture(1));
      assert.throws(() => foreign().handle(incoming), { code: 'BAD_MESSAGE', message: /that another sender sends/ });
      own.protocol.handle(picture(2));
      assert.deepEqual([receiver.taken, own.ends, own.acknowledged()], [[1, 2], [], [1, 2]]);
    });
  }

  test('accepts the same machine there, as a sender that has moved', () => {
    const identity = { machine: 'm', device: 'd', version: '0.1.0' };
    const own = receiver.open();
    own.protocol.handle({ ...hello, identity });
    own.protocol.handle(picture(1));
    const moved = foreign();
    moved.handle({ ...hello, identity });
    moved.handle(picture(2));
    assert.deepEqual([receiver.taken, own.ends], [[1, 2], [undefined]]);
  });
});

describe('WireProtocol, with names that are too many', () => {
  const tooMany = { code: 'TOO_MANY_SENDERS' };

  test('rejects the first frame, and takes it when it comes again and the name may', () => {
    const none = new NewNameLimiter(0, () => 0).of('127.0.0.1');
    const { protocol } = receiver.open(undefined, none);
    protocol.handle(hello);
    assert.throws(() => protocol.handle(picture(1)), tooMany);
    protocol.end();
    const again = receiver.open();
    again.protocol.handle(hello);
    again.protocol.handle(picture(1));
    assert.deepEqual([receiver.taken, again.acknowledged()], [[1], [1]]);
  });

  test('tells of marked frames that it had held back when the connection ends', () => {
    const { protocol } = receiver.open(undefined, new NewNameLimiter(0, () => 0).of('127.0.0.1'));
    protocol.handle(marked(1));
    assert.throws(() => protocol.end(), tooMany);
    assert.deepEqual(receiver.taken, []);
    receiver.protocols.length = 0;
  });
});

describe('WireProtocol, before wire 2', () => {
  test('answers the first mark with WELC, once, and neither later marks nor the hello', () => {
    const { protocol, written } = receiver.open();
    protocol.handle(marked(1));
    assert.deepEqual(written[0], { type: 'WELC', keepAliveMs: 9000, sequence: 0 });
    protocol.handle(marked(2));
    protocol.handle(hello);
    assert.equal(written.filter(({ type }) => type === 'WELC').length, 1);
  });

  test('counts a frame without a mark to no stream when marked ones came before', () => {
    const { protocol } = receiver.open();
    protocol.handle(marked(1));
    protocol.handle(unmarked(2));
    protocol.handle(hello);
    assert.deepEqual(
      receiver.frames.map((frame) => [frame.stream, frame.connection.name]),
      [
        [stream, 'pi'],
        [undefined, 'pi'],
      ],
    );
  });

  test('answers a hello that comes first with WELC and pings at once', () => {
    const { protocol, written } = receiver.open();
    protocol.handle(hello);
    assert.deepEqual(
      written.map(({ type }) => type),
      ['WELC', 'ping'],
    );
    const { name, delivery, stream: id } = protocol.connection;
    assert.deepEqual([name, delivery, id], ['pi', 'every', stream]);
  });

  test('holds the first marked frame until the hello names its sender', () => {
    const { protocol, acknowledged } = receiver.open();
    protocol.handle(marked(1));
    assert.deepEqual([receiver.taken, acknowledged()], [[], []]);
    protocol.handle(hello);
    assert.deepEqual([receiver.taken, acknowledged()], [[1], [1]]);
    protocol.handle(picture(2));
    assert.deepEqual(
      [receiver.taken, acknowledged()],
      [
        [1, 2],
        [1, 2],
      ],
    );
    assert.deepEqual(receiver.events, ['pi arrives']);
  });

  test('holds all that came before the hello, as of a receiver that was stopped, and hands it over under the name', async () => {
    const { protocol, acknowledged } = receiver.open();
    const sequences = Array.from({ length: 300 }, (_, i) => i + 1);
    for (const sequence of sequences) protocol.handle(marked(sequence));
    assert.deepEqual(receiver.taken, []);
    await protocol.handle(hello);
    assert.deepEqual(receiver.taken, sequences);
    assert.ok(receiver.frames.every(({ connection }) => connection.name === 'pi'));
    assert.equal(acknowledged().at(-1), 300);
  });

  test('hands the first marked frames over when no hello comes, in their order: when there are too many, and at the end', () => {
    const { protocol } = receiver.open();
    const sequences = Array.from({ length: 18 }, (_, i) => i + 1);
    for (const sequence of sequences.slice(0, 16)) protocol.handle(marked(sequence, 2 ** 20));
    assert.deepEqual(receiver.taken, []);
    for (const sequence of sequences.slice(16)) protocol.handle(marked(sequence, 2 ** 20));
    assert.deepEqual(receiver.taken, sequences);
    const { protocol: other } = receiver.open();
    other.handle(marked(19));
    other.release();
    assert.deepEqual(receiver.taken, [...sequences, 19]);
  });

  test('holds no more of all streams together than it has room for', () => {
    const held = Array.from({ length: 5 }, (_, i) => {
      const { protocol } = receiver.open();
      for (let sequence = 1; sequence <= 15; sequence++) protocol.handle(marked(sequence, 2 ** 20, `s${i}`));
      return receiver.taken.length;
    });
    assert.deepEqual(held.slice(0, 4), [0, 0, 0, 0]);
    assert.ok((held[4] ?? 0) > 0);
    // Whatever these hold, the first frames of another wait for its name.
    const { protocol } = receiver.open();
    for (const sequence of [1, 2]) protocol.handle(marked(sequence, 1000));
    protocol.handle(hello);
    assert.ok(receiver.frames.slice(-2).every(({ connection }) => connection.name === 'pi'));
  });

  test('hands over what it holds under the name that the next connection brings, each frame once', () => {
    const first = receiver.open();
    for (const sequence of [1, 2]) first.protocol.handle(marked(sequence));
    const waiting = first.protocol.awaitReturn();
    assert.ok(waiting instanceof Promise);
    assert.deepEqual([receiver.taken, first.isClosed()], [[], true]);
    const second = receiver.open();
    for (const sequence of [1, 2, 3]) second.protocol.handle(marked(sequence));
    assert.deepEqual([receiver.taken, first.ends.length], [[], 1]);
    second.protocol.handle(hello);
    assert.deepEqual(
      [receiver.taken, second.acknowledged()],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    );
    assert.ok(receiver.frames.every(({ connection }) => connection.name === 'pi'));
    assert.equal(second.protocol.connection.duplicates, 2);
  });

  test('waits for no other connection when nothing is held, the name is known, or the receiver ends', async () => {
    const { protocol } = receiver.open();
    assert.equal(protocol.awaitReturn(), undefined);
    protocol.handle(hello);
    assert.equal(protocol.awaitReturn(), undefined);
    const other = receiver.open();
    other.protocol.handle(marked(1, 1, 'other'));
    receiver.streams.close();
    await other.protocol.awaitReturn();
    other.protocol.release();
    assert.deepEqual(receiver.taken, [1]);
  });

  test('hands over what it holds when the connection ends', () => {
    const { protocol } = receiver.open();
    protocol.handle(marked(1));
    protocol.end();
    assert.deepEqual(receiver.taken, [1]);
  });
});

describe('WireProtocol, on wire 2', () => {
  test('acknowledges a frame when the sinks have taken it, and not before', async () => {
    receiver.answer = undefined;
    const { protocol, acknowledged } = receiver.open();
    protocol.handle(hello);
    const taking = protocol.handle(picture(1));
    await settle();
    assert.deepEqual([receiver.taken, acknowledged()], [[1], []]);
    await receiver.finish();
    await taking;
    assert.deepEqual(acknowledged(), [1]);
  });

  test('hands frames over while those before them wait for a disk, and acknowledges each when all before it are taken', async () => {
    receiver.answer = undefined;
    const { protocol, acknowledged } = receiver.open();
    protocol.handle(hello);
    for (const sequence of [1, 2]) assert.equal(protocol.handle(picture(sequence)), undefined);
    receiver.answer = true;
    assert.equal(protocol.handle(picture(3)), undefined);
    await settle();
    assert.deepEqual([receiver.taken, acknowledged()], [[1, 2, 3], []]);
    await receiver.finish();
    assert.deepEqual(acknowledged(), [1]);
    await receiver.finish();
    assert.deepEqual(acknowledged(), [1, 2, 3]);
  });

  test('acknowledges none behind one that was not taken', async () => {
    receiver.answer = undefined;
    const { protocol, acknowledged } = receiver.open();
    protocol.handle(hello);
    for (const sequence of [1, 2, 3]) protocol.handle(picture(sequence));
    await receiver.finish();
    await receiver.finish(false);
    await receiver.finish();
    assert.deepEqual(acknowledged(), [1]);
    receiver.answer = true;
    const again = receiver.open();
    again.protocol.handle(hello);
    for (const sequence of [2, 3]) again.protocol.handle(picture(sequence));
    assert.deepEqual(
      [receiver.taken, again.acknowledged()],
      [
        [1, 2, 3, 2, 3],
        [2, 3],
      ],
    );
  });

  test('makes the next frame wait when many are in flight, or long ones', async () => {
    for (const { bytes, max } of [
      { bytes: 1, max: 64 },
      { bytes: 2 ** 17, max: 4 },
      { bytes: 2 ** 20, max: 1 },
    ]) {
      receiver = new TrialReceiver();
      receiver.answer = undefined;
      const { protocol } = receiver.open();
      protocol.handle(hello);
      let sequence = 1;
      while (protocol.handle(picture(sequence, bytes)) === undefined) assert.ok(sequence++ < max);
      assert.equal(sequence, max);
      protocol.end();
    }
  });

  for (const answer of [false, undefined]) {
    const when = answer === false ? 'at once' : 'later';
    test(`acknowledges nothing more when the sinks say ${when} that they did not take a frame`, async () => {
      const { protocol, acknowledged } = receiver.open();
      protocol.handle(hello);
      protocol.handle(picture(1));
      receiver.answer = answer;
      const taking = protocol.handle(picture(2));
      await receiver.finish(false);
      await taking;
      receiver.answer = true;
      protocol.handle(picture(3));
      assert.deepEqual([receiver.taken, acknowledged()], [[1, 2], [1]]);
    });
  }

  test('takes a frame again that was not taken when it comes over another connection', () => {
    const first = receiver.open();
    receiver.answer = false;
    first.protocol.handle(hello);
    first.protocol.handle(picture(1));
    receiver.answer = true;
    const second = receiver.open();
    second.protocol.handle(hello);
    second.protocol.handle(picture(1));
    assert.deepEqual([receiver.taken, first.acknowledged(), second.acknowledged()], [[1, 1], [], [1]]);
  });

  test('acknowledges a frame that came before and does not hand it over', () => {
    const first = receiver.open();
    first.protocol.handle(hello);
    for (const sequence of [1, 2, 3]) first.protocol.handle(picture(sequence));
    first.protocol.end();
    const second = receiver.open();
    second.protocol.handle(marked(2));
    assert.deepEqual(second.written[0], { type: 'WELC', keepAliveMs: 9000, sequence: 3 });
    second.protocol.handle(hello);
    for (const sequence of [3, 4]) second.protocol.handle(picture(sequence));
    assert.deepEqual(receiver.taken, [1, 2, 3, 4]);
    assert.deepEqual(second.acknowledged(), [3, 3, 4]);
    assert.deepEqual([second.protocol.connection.duplicates, second.protocol.connection.frames], [2, 1]);
  });

  test('ends the older connection of a stream when a newer one opens it', () => {
    const first = receiver.open();
    first.protocol.handle(hello);
    const second = receiver.open();
    second.protocol.handle(hello);
    assert.deepEqual([first.ends, second.ends], [[undefined], []]);
  });

  for (const isTaken of [true, false]) {
    const what = isTaken ? 'once' : 'again when it was not written';
    test(`hands a frame over ${what} that comes while an older connection's is being written`, async () => {
      receiver.answer = undefined;
      const [first, second] = [receiver.open(), receiver.open()];
      first.protocol.handle(hello);
      first.protocol.handle(picture(1));
      second.protocol.handle(hello);
      const taking = second.protocol.handle(picture(1));
      await settle();
      assert.deepEqual(second.answers('WELC'), [{ type: 'WELC', keepAliveMs: 9000, sequence: 0 }]);
      assert.deepEqual([receiver.taken, second.acknowledged()], [[1], []]);
      await receiver.finish(isTaken);
      if (!isTaken) await receiver.finish();
      await taking;
      assert.deepEqual([receiver.taken, second.acknowledged()], [isTaken ? [1] : [1, 1], [1]]);
    });
  }

  test('hands nothing over any more when it has ended while a frame waited', async () => {
    receiver.answer = undefined;
    const [first, second] = [receiver.open(), receiver.open()];
    first.protocol.handle(hello);
    first.protocol.handle(picture(1));
    second.protocol.handle({ ...hello, name: 'second' });
    const taking = second.protocol.handle(picture(2));
    receiver.open().protocol.handle({ ...hello, name: 'third' });
    assert.deepEqual(second.ends, [undefined]);
    await receiver.finish();
    await receiver.finish();
    await taking;
    assert.deepEqual([receiver.taken, receiver.events], [[1], ['pi arrives']]);
  });

  test('counts the gaps in the sequences as dropped, but for that before the first', () => {
    const { protocol } = receiver.open();
    protocol.handle(hello);
    for (const sequence of [5, 6, 9, 10, 12]) protocol.handle(picture(sequence));
    assert.equal(protocol.connection.dropped, 3);
    assert.deepEqual(receiver.taken, [5, 6, 9, 10, 12]);
  });
});

describe('WireProtocol and a frame whose picture cannot be taken', () => {
  const error = new ProtocolError('NOT_JPEG', 'it is none');
  const bad = (sequence: number | undefined, id?: string): Incoming => ({
    type: 'bad frame',
    sequence,
    ...(id === undefined ? {} : { stream: id }),
    error,
  });
  const skip = (sequence: number) => ({ type: 'skip', sequence, code: 'NOT_JPEG', reason: 'it is none' });

  test('leaves it behind, says so, and acknowledges past it', () => {
    const { protocol, acknowledged, answers } = receiver.open();
    protocol.handle(hello);
    protocol.handle(picture(1));
    protocol.handle(bad(2));
    protocol.handle(picture(3));
    assert.deepEqual([receiver.taken, acknowledged(), answers('skip')], [[1, 3], [1, 2, 3], [skip(2)]]);
    const { frames, skipped, dropped } = protocol.connection;
    assert.deepEqual([frames, skipped, dropped], [2, 1, 0]);
    assert.deepEqual(receiver.events, ['pi arrives', 'skipped frame 2: it is none [NOT_JPEG]']);
  });

  test('counts the gap before it as any other', () => {
    const { protocol } = receiver.open();
    protocol.handle(hello);
    for (const incoming of [picture(1), bad(5), picture(7)]) protocol.handle(incoming);
    assert.deepEqual([protocol.connection.dropped, protocol.connection.skipped], [4, 1]);
  });

  test('acknowledges it behind the frames before it that the sinks have not taken yet', async () => {
    receiver.answer = undefined;
    const { protocol, acknowledged } = receiver.open();
    protocol.handle(hello);
    protocol.handle(picture(1));
    const waiting = protocol.handle(bad(2));
    assert.deepEqual(acknowledged(), []);
    await receiver.finish();
    await waiting;
    assert.deepEqual(acknowledged(), [1, 2]);
  });

  test('leaves it unanswered when a frame before it was not taken', async () => {
    receiver.answer = undefined;
    const { protocol, acknowledged, answers } = receiver.open();
    protocol.handle(hello);
    protocol.handle(picture(1));
    const waiting = protocol.handle(bad(2));
    await receiver.finish(false);
    await waiting;
    assert.deepEqual([acknowledged(), answers('skip')], [[], []]);
  });

  test('takes it for a duplicate when it comes again, and says first that it was rejected', () => {
    for (let connection = 1; connection <= 2; connection++) {
      const { protocol, written, acknowledged } = receiver.open();
      protocol.handle(hello);
      protocol.handle(bad(1));
      assert.deepEqual([acknowledged(), protocol.connection.duplicates], [[1], connection - 1]);
      assert.deepEqual(
        written.map(({ type }) => type).filter((type) => type !== 'ping'),
        connection === 1 ? ['WELC', 'skip', 'ACKN'] : ['skip', 'WELC', 'ACKN'],
      );
    }
  });

  test('holds it with the marked frames around it until the hello names their sender', () => {
    const { protocol, acknowledged } = receiver.open();
    for (const incoming of [bad(1, stream), marked(2), bad(3, stream)]) protocol.handle(incoming);
    assert.deepEqual([receiver.taken, acknowledged()], [[], []]);
    protocol.handle(hello);
    assert.deepEqual([receiver.taken, acknowledged()], [[2], [1, 2, 3]]);
    assert.deepEqual(receiver.frames[0]?.connection.name, 'pi');
  });

  test('writes nothing about it to a classic sender without marks', () => {
    const { protocol, written } = receiver.open();
    for (const incoming of [unmarked(1), bad(undefined), unmarked(2)]) protocol.handle(incoming);
    assert.deepEqual([receiver.taken, written], [[1, 2], []]);
    assert.throws(() => Array.from(protocol.finish()), error);
  });

  test('tells of it at the 1st, 2nd, 4th and 8th time', () => {
    const { protocol } = receiver.open();
    protocol.handle(hello);
    for (let sequence = 1; sequence <= 9; sequence++) protocol.handle(bad(sequence));
    assert.deepEqual(
      receiver.events.map((event) => event.replace(/: it is none.*?(;|$)/, '')),
      ['skipped frame 1', 'skipped frame 2 2 so far', 'skipped frame 4 4 so far', 'skipped frame 8 8 so far'],
    );
  });
});
