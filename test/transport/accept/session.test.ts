import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { NewNameLimiter } from '../../../src/delivery/new-name-limiter.ts';
import { ProtocolError } from '../../../src/protocol/errors.ts';
import type { Incoming } from '../../../src/protocol/stream-decoder.ts';
import { hello, marked, picture, settle, stream, TrialReceiver, unmarked } from '../../support/frames.ts';

let receiver = new TrialReceiver();
afterEach(() => {
  for (const session of receiver.sessions) session.end();
  receiver = new TrialReceiver();
});

describe('Session, on the classic wire', () => {
  test('writes nothing and counts frames itself', () => {
    const { session, written } = receiver.open();
    for (const number of [7, 8, 9]) assert.ok(!(session.handle(unmarked(number)) instanceof Promise));
    assert.deepEqual(receiver.taken, [1, 2, 3]);
    assert.deepEqual(written, []);
    assert.equal(receiver.frames[0]?.latency, undefined);
    assert.deepEqual([session.sender.frames, session.sender.bytes, session.sender.stream], [3, 3, undefined]);
  });

  test('makes the next frame wait when the sinks do', async () => {
    receiver.answer = undefined;
    const waiting = receiver.open().session.handle(unmarked(1));
    assert.ok(waiting instanceof Promise);
    await receiver.finish();
    await waiting;
  });
});

describe('Session, with names that are too many', () => {
  const tooMany = { code: 'TOO_MANY_SENDERS' };

  test('refuses the first frame, and takes it when it comes again and the name may', () => {
    const none = new NewNameLimiter(0, () => 0).of('127.0.0.1');
    const { session } = receiver.open(undefined, none);
    session.handle(hello);
    assert.throws(() => session.handle(picture(1)), tooMany);
    session.end();
    const again = receiver.open();
    again.session.handle(hello);
    again.session.handle(picture(1));
    assert.deepEqual([receiver.taken, again.acknowledged()], [[1], [1]]);
  });

  test('tells of marked frames that it had held back when the connection ends', () => {
    const { session } = receiver.open(undefined, new NewNameLimiter(0, () => 0).of('127.0.0.1'));
    session.handle(marked(1));
    assert.throws(() => session.end(), tooMany);
    assert.deepEqual(receiver.taken, []);
    receiver.sessions.length = 0;
  });
});

describe('Session, on the way to wire 2', () => {
  test('answers the first mark with WELC, once, and neither later marks nor the hello', () => {
    const { session, written } = receiver.open();
    session.handle(marked(1));
    assert.deepEqual(written[0], { type: 'WELC', keepAliveMs: 9000, sequence: 0 });
    session.handle(marked(2));
    session.handle(hello);
    assert.equal(written.filter(({ type }) => type === 'WELC').length, 1);
  });

  test('counts a frame without a mark to no stream when marked ones came before', () => {
    const { session } = receiver.open();
    session.handle(marked(1));
    session.handle(unmarked(2));
    session.handle(hello);
    assert.deepEqual(
      receiver.frames.map((frame) => [frame.stream, frame.connection.name]),
      [
        [stream, 'pi'],
        [undefined, 'pi'],
      ],
    );
  });

  test('answers a hello that comes first with WELC and pings at once', () => {
    const { session, written } = receiver.open();
    session.handle(hello);
    assert.deepEqual(
      written.map(({ type }) => type),
      ['WELC', 'ping'],
    );
    const { name, delivery, stream: id } = session.sender;
    assert.deepEqual([name, delivery, id], ['pi', 'every', stream]);
  });

  test('holds the first marked frame until the hello names its sender', () => {
    const { session, acknowledged } = receiver.open();
    session.handle(marked(1));
    assert.deepEqual([receiver.taken, acknowledged()], [[], []]);
    session.handle(hello);
    assert.deepEqual([receiver.taken, acknowledged()], [[1], [1]]);
    session.handle(picture(2));
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
    const { session, acknowledged } = receiver.open();
    const numbers = Array.from({ length: 300 }, (_, i) => i + 1);
    for (const number of numbers) session.handle(marked(number));
    assert.deepEqual(receiver.taken, []);
    await session.handle(hello);
    assert.deepEqual(receiver.taken, numbers);
    assert.ok(receiver.frames.every(({ connection }) => connection.name === 'pi'));
    assert.equal(acknowledged().at(-1), 300);
  });

  test('hands the first marked frames over when no hello comes, in their order: when there are too many, and at the end', () => {
    const { session } = receiver.open();
    const numbers = Array.from({ length: 18 }, (_, i) => i + 1);
    for (const number of numbers.slice(0, 16)) session.handle(marked(number, 2 ** 20));
    assert.deepEqual(receiver.taken, []);
    for (const number of numbers.slice(16)) session.handle(marked(number, 2 ** 20));
    assert.deepEqual(receiver.taken, numbers);
    const { session: other } = receiver.open();
    other.handle(marked(19));
    other.finish();
    assert.deepEqual(receiver.taken, [...numbers, 19]);
  });

  test('holds no more of all streams together than it has room for', () => {
    const held = Array.from({ length: 5 }, (_, i) => {
      const { session } = receiver.open();
      for (let number = 1; number <= 15; number++) session.handle(marked(number, 2 ** 20, `s${i}`));
      return receiver.taken.length;
    });
    assert.deepEqual(held.slice(0, 4), [0, 0, 0, 0]);
    assert.ok((held[4] ?? 0) > 0);
    // Whatever these hold, the first frames of another wait for its name.
    const { session } = receiver.open();
    for (const number of [1, 2]) session.handle(marked(number, 1000));
    session.handle(hello);
    assert.ok(receiver.frames.slice(-2).every(({ connection }) => connection.name === 'pi'));
  });

  test('hands over what it holds under the name that the next connection brings, each frame once', () => {
    const first = receiver.open();
    for (const number of [1, 2]) first.session.handle(marked(number));
    const waiting = first.session.awaitReturn();
    assert.ok(waiting instanceof Promise);
    assert.deepEqual([receiver.taken, first.isClosed()], [[], true]);
    const second = receiver.open();
    for (const number of [1, 2, 3]) second.session.handle(marked(number));
    assert.deepEqual([receiver.taken, first.ends.length], [[], 1]);
    second.session.handle(hello);
    assert.deepEqual(
      [receiver.taken, second.acknowledged()],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    );
    assert.ok(receiver.frames.every(({ connection }) => connection.name === 'pi'));
    assert.equal(second.session.sender.duplicates, 2);
  });

  test('waits for no other connection when nothing is held, the name is known, or the receiver ends', async () => {
    const { session } = receiver.open();
    assert.equal(session.awaitReturn(), undefined);
    session.handle(hello);
    assert.equal(session.awaitReturn(), undefined);
    const other = receiver.open();
    other.session.handle(marked(1, 1, 'other'));
    receiver.streams.close();
    await other.session.awaitReturn();
    other.session.finish();
    assert.deepEqual(receiver.taken, [1]);
  });

  test('hands over what it holds when the connection ends', () => {
    const { session } = receiver.open();
    session.handle(marked(1));
    session.end();
    assert.deepEqual(receiver.taken, [1]);
  });
});

describe('Session, on wire 2', () => {
  test('acknowledges a frame when the sinks have taken it, and not before', async () => {
    receiver.answer = undefined;
    const { session, acknowledged } = receiver.open();
    session.handle(hello);
    const taking = session.handle(picture(1));
    await settle();
    assert.deepEqual([receiver.taken, acknowledged()], [[1], []]);
    await receiver.finish();
    await taking;
    assert.deepEqual(acknowledged(), [1]);
  });

  test('hands frames over while those before them wait for a disk, and acknowledges each when all before it are taken', async () => {
    receiver.answer = undefined;
    const { session, acknowledged } = receiver.open();
    session.handle(hello);
    for (const number of [1, 2]) assert.equal(session.handle(picture(number)), undefined);
    receiver.answer = true;
    assert.equal(session.handle(picture(3)), undefined);
    await settle();
    assert.deepEqual([receiver.taken, acknowledged()], [[1, 2, 3], []]);
    await receiver.finish();
    assert.deepEqual(acknowledged(), [1]);
    await receiver.finish();
    assert.deepEqual(acknowledged(), [1, 2, 3]);
  });

  test('acknowledges none behind one that was not taken', async () => {
    receiver.answer = undefined;
    const { session, acknowledged } = receiver.open();
    session.handle(hello);
    for (const number of [1, 2, 3]) session.handle(picture(number));
    await receiver.finish();
    await receiver.finish(false);
    await receiver.finish();
    assert.deepEqual(acknowledged(), [1]);
    receiver.answer = true;
    const again = receiver.open();
    again.session.handle(hello);
    for (const number of [2, 3]) again.session.handle(picture(number));
    assert.deepEqual(
      [receiver.taken, again.acknowledged()],
      [
        [1, 2, 3, 2, 3],
        [2, 3],
      ],
    );
  });

  test('makes the next frame wait when many are under way, or long ones', async () => {
    for (const { bytes, max } of [
      { bytes: 1, max: 64 },
      { bytes: 2 ** 17, max: 4 },
      { bytes: 2 ** 20, max: 1 },
    ]) {
      receiver = new TrialReceiver();
      receiver.answer = undefined;
      const { session } = receiver.open();
      session.handle(hello);
      let sequence = 1;
      while (session.handle(picture(sequence, bytes)) === undefined) assert.ok(sequence++ < max);
      assert.equal(sequence, max);
      session.end();
    }
  });

  for (const answer of [false, undefined]) {
    const when = answer === false ? 'at once' : 'later';
    test(`acknowledges nothing more when the sinks say ${when} that they did not take a frame`, async () => {
      const { session, acknowledged } = receiver.open();
      session.handle(hello);
      session.handle(picture(1));
      receiver.answer = answer;
      const taking = session.handle(picture(2));
      await receiver.finish(false);
      await taking;
      receiver.answer = true;
      session.handle(picture(3));
      assert.deepEqual([receiver.taken, acknowledged()], [[1, 2], [1]]);
    });
  }

  test('takes a frame again that was not taken when it comes over another connection', () => {
    const first = receiver.open();
    receiver.answer = false;
    first.session.handle(hello);
    first.session.handle(picture(1));
    receiver.answer = true;
    const second = receiver.open();
    second.session.handle(hello);
    second.session.handle(picture(1));
    assert.deepEqual([receiver.taken, first.acknowledged(), second.acknowledged()], [[1, 1], [], [1]]);
  });

  test('acknowledges a frame that came before and does not hand it over', () => {
    const first = receiver.open();
    first.session.handle(hello);
    for (const sequence of [1, 2, 3]) first.session.handle(picture(sequence));
    first.session.end();
    const second = receiver.open();
    second.session.handle(marked(2));
    assert.deepEqual(second.written[0], { type: 'WELC', keepAliveMs: 9000, sequence: 3 });
    second.session.handle(hello);
    for (const sequence of [3, 4]) second.session.handle(picture(sequence));
    assert.deepEqual(receiver.taken, [1, 2, 3, 4]);
    assert.deepEqual(second.acknowledged(), [3, 3, 4]);
    assert.deepEqual([second.session.sender.duplicates, second.session.sender.frames], [2, 1]);
  });

  test('ends the older connection of a stream when a newer one opens it', () => {
    const first = receiver.open();
    first.session.handle(hello);
    const second = receiver.open();
    second.session.handle(hello);
    assert.deepEqual([first.ends, second.ends], [[undefined], []]);
  });

  for (const isTaken of [true, false]) {
    const what = isTaken ? 'once' : 'again when it was not written';
    test(`hands a frame over ${what} that comes while an older connection's is being written`, async () => {
      receiver.answer = undefined;
      const [first, second] = [receiver.open(), receiver.open()];
      first.session.handle(hello);
      first.session.handle(picture(1));
      second.session.handle(hello);
      const taking = second.session.handle(picture(1));
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
    first.session.handle(hello);
    first.session.handle(picture(1));
    second.session.handle({ ...hello, name: 'second' });
    const taking = second.session.handle(picture(2));
    receiver.open().session.handle({ ...hello, name: 'third' });
    assert.deepEqual(second.ends, [undefined]);
    await receiver.finish();
    await receiver.finish();
    await taking;
    assert.deepEqual([receiver.taken, receiver.events], [[1], ['pi arrives']]);
  });

  test('counts the gaps in the numbers as dropped, but for that before the first', () => {
    const { session } = receiver.open();
    session.handle(hello);
    for (const sequence of [5, 6, 9, 10, 12]) session.handle(picture(sequence));
    assert.equal(session.sender.dropped, 3);
    assert.deepEqual(receiver.taken, [5, 6, 9, 10, 12]);
  });
});

describe('Session and a frame whose picture cannot be taken', () => {
  const error = new ProtocolError('NOT_JPEG', 'it is none');
  const bad = (sequence: number | undefined, id?: string): Incoming => ({
    type: 'bad frame',
    sequence,
    ...(id === undefined ? {} : { stream: id }),
    error,
  });
  const skip = (sequence: number) => ({ type: 'skip', sequence, code: 'NOT_JPEG', reason: 'it is none' });

  test('leaves it behind, says so, and acknowledges past it', () => {
    const { session, acknowledged, answers } = receiver.open();
    session.handle(hello);
    session.handle(picture(1));
    session.handle(bad(2));
    session.handle(picture(3));
    assert.deepEqual([receiver.taken, acknowledged(), answers('skip')], [[1, 3], [1, 2, 3], [skip(2)]]);
    const { frames, skipped, dropped } = session.sender;
    assert.deepEqual([frames, skipped, dropped], [2, 1, 0]);
    assert.deepEqual(receiver.events, ['pi arrives', 'skipped frame 2: it is none [NOT_JPEG]']);
  });

  test('counts the gap before it as any other', () => {
    const { session } = receiver.open();
    session.handle(hello);
    for (const incoming of [picture(1), bad(5), picture(7)]) session.handle(incoming);
    assert.deepEqual([session.sender.dropped, session.sender.skipped], [4, 1]);
  });

  test('acknowledges it behind the frames before it that the sinks have not taken yet', async () => {
    receiver.answer = undefined;
    const { session, acknowledged } = receiver.open();
    session.handle(hello);
    session.handle(picture(1));
    const waiting = session.handle(bad(2));
    assert.deepEqual(acknowledged(), []);
    await receiver.finish();
    await waiting;
    assert.deepEqual(acknowledged(), [1, 2]);
  });

  test('leaves it unanswered when a frame before it was not taken', async () => {
    receiver.answer = undefined;
    const { session, acknowledged, answers } = receiver.open();
    session.handle(hello);
    session.handle(picture(1));
    const waiting = session.handle(bad(2));
    await receiver.finish(false);
    await waiting;
    assert.deepEqual([acknowledged(), answers('skip')], [[], []]);
  });

  test('takes it for a duplicate when it comes again, and says first that it was left behind', () => {
    for (let connection = 1; connection <= 2; connection++) {
      const { session, written, acknowledged } = receiver.open();
      session.handle(hello);
      session.handle(bad(1));
      assert.deepEqual([acknowledged(), session.sender.duplicates], [[1], connection - 1]);
      assert.deepEqual(
        written.map(({ type }) => type).filter((type) => type !== 'ping'),
        connection === 1 ? ['WELC', 'skip', 'ACKN'] : ['skip', 'WELC', 'ACKN'],
      );
    }
  });

  test('holds it with the marked frames around it until the hello names their sender', () => {
    const { session, acknowledged } = receiver.open();
    for (const incoming of [bad(1, stream), marked(2), bad(3, stream)]) session.handle(incoming);
    assert.deepEqual([receiver.taken, acknowledged()], [[], []]);
    session.handle(hello);
    assert.deepEqual([receiver.taken, acknowledged()], [[2], [1, 2, 3]]);
    assert.deepEqual(receiver.frames[0]?.connection.name, 'pi');
  });

  test('writes nothing about it to a classic sender without marks', () => {
    const { session, written } = receiver.open();
    for (const incoming of [unmarked(1), bad(undefined), unmarked(2)]) session.handle(incoming);
    assert.deepEqual([receiver.taken, written, session.untold], [[1, 2], [], error]);
  });

  test('tells of it at the 1st, 2nd, 4th and 8th time', () => {
    const { session } = receiver.open();
    session.handle(hello);
    for (let sequence = 1; sequence <= 9; sequence++) session.handle(bad(sequence));
    assert.deepEqual(
      receiver.events.map((event) => event.replace(/: it is none.*?(;|$)/, '')),
      ['skipped frame 1', 'skipped frame 2 2 so far', 'skipped frame 4 4 so far', 'skipped frame 8 8 so far'],
    );
  });
});
