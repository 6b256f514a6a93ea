import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { FaultProxy } from './fault-proxy.ts';
import type { Direction, Faults } from './fault-proxy-faults.ts';
import { until } from './until.ts';

/** One end of a connection, and what came out of it. */
class End {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  state: 'open' | 'ended' | 'reset' = 'open';

  constructor(socket: Socket, isDeaf = false) {
    this.socket = socket;
    // From the very first: else Node reads some of it for itself, and drops that at a reset.
    if (isDeaf) socket.pause();
    else socket.resume();
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
    });
    socket.on('end', () => {
      this.state = 'ended';
    });
    socket.on('error', () => {
      this.state = 'reset';
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  async waitFor(what: 'ended' | 'reset' | Uint8Array): Promise<void> {
    if (typeof what === 'string') return until(() => this.state === what);
    await until(() => this.#length >= what.length);
    assert.ok(this.bytes.subarray(0, what.length).equals(what));
  }
}

/** One byte against the direction under test, by which time that one would long have shown what it forwards. */
async function answer(from: End, to: End): Promise<void> {
  from.socket.write('!');
  await to.waitFor(Buffer.from('!'));
  await setTimeout(50);
}

const directions = ['up', 'down'] as const;

/** A server, a proxy before it, and as many connections through it as wanted. */
async function openNetwork(faults: Partial<Record<Direction, Partial<Faults>>> = {}) {
  const listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const proxy = await FaultProxy.open((listener.address() as AddressInfo).port, faults);
  const ends: End[] = [];
  /** A connection: its two ends, the sending one of that direction first, the other not reading yet where asked for. */
  const open = async (direction: Direction = 'up', isDeaf = false): Promise<[from: End, to: End]> => {
    const accepted = once(listener, 'connection');
    const dialled = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const client = new End(dialled, isDeaf && direction === 'down');
    const [socket] = (await accepted) as [Socket];
    const server = new End(socket, isDeaf && direction === 'up');
    ends.push(client, server);
    return direction === 'up' ? [client, server] : [server, client];
  };
  const close = async () => {
    await proxy[Symbol.asyncDispose]();
    for (const end of ends) end.socket.destroy();
    listener.close();
  };
  return { proxy, open, [Symbol.asyncDispose]: close };
}

test('FaultProxy forwards every byte both ways and counts them when it has no faults', async () => {
  await using network = await openNetwork();
  const { proxy } = network;
  let tapped = 0;
  proxy.onBytes = (direction, chunk) => {
    if (direction === 'up') tapped += chunk.length;
  };
  const [client, server] = await network.open();
  const [asked, answered] = [randomBytes(3_000_000), randomBytes(2_000_000)];
  client.socket.write(asked);
  server.socket.write(answered);
  await Promise.all([server.waitFor(asked), client.waitFor(answered)]);
  assert.deepEqual({ ...proxy.bytes, tapped }, { up: asked.length, down: answered.length, tapped: asked.length });
  assert.deepEqual([proxy.connections, proxy.openConnections], [1, 1]);
});

test('FaultProxy passes a half-close and keeps the other direction open when one end has said all', async () => {
  await using network = await openNetwork({ up: { delayMs: 20 } });
  const [client, server] = await network.open();
  const [asked, answered] = [randomBytes(500_000), randomBytes(500_000)];
  client.socket.end(asked);
  await server.waitFor('ended');
  assert.ok(server.bytes.equals(asked));
  assert.equal(client.state, 'open');
  server.socket.end(answered);
  await client.waitFor('ended');
  assert.ok(client.bytes.equals(answered));
});

for (const direction of directions) {
  const back = direction === 'up' ? 'down' : 'up';

  test(`FaultProxy passes a reset behind the bytes before it when the sender ${direction} resets`, async () => {
    await using network = await openNetwork({ [direction]: { delayMs: 20 } });
    const [from, to] = await network.open(direction);
    // A connection that is reset before the other side has taken note of it was never made.
    await answer(to, from);
    const bytes = randomBytes(1000);
    await new Promise((resolve) => from.socket.write(bytes, resolve));
    from.socket.resetAndDestroy();
    await to.waitFor('reset');
    assert.ok(to.bytes.equals(bytes));
  });

  test(`FaultProxy keeps the order and makes bytes ${direction} late when it has a delay and jitter`, async () => {
    await using network = await openNetwork({ [direction]: { delayMs: 100, jitterMs: 50 } });
    const [from, to] = await network.open(direction);
    const bytes = randomBytes(300_000);
    const startedMs = performance.now();
    for (let at = 0; at < bytes.length; at += 10_000) {
      from.socket.write(bytes.subarray(at, at + 10_000));
      // Each piece has a delay of its own.
      await setTimeout(1);
    }
    await to.waitFor(bytes.subarray(0, 1));
    assert.ok(performance.now() - startedMs >= 99);
    await to.waitFor(bytes);
  });

  test(`FaultProxy forwards single bytes and ends when it slices ${direction}`, async () => {
    await using network = await openNetwork({ [direction]: { sliceBytes: 1 } });
    const [from, to] = await network.open(direction);
    let longest = 0;
    network.proxy.onBytes = (_, { length }) => {
      longest = Math.max(longest, length);
    };
    const bytes = randomBytes(5000);
    from.socket.write(bytes);
    await to.waitFor(bytes);
    assert.equal(longest, 1);
    network.proxy.set(direction, { sliceBytes: 700 });
    const more = randomBytes(50_000);
    from.socket.write(more);
    await to.waitFor(Buffer.concat([bytes, more]));
    assert.equal(longest, 700);
  });

  test(`FaultProxy holds the sender back when bytes ${direction} are capped`, async () => {
    await using network = await openNetwork({ [direction]: { bytesPerSecond: 200_000 } });
    const [from, to] = await network.open(direction);
    const bytes = randomBytes(40_000_000);
    const startedMs = performance.now();
    from.socket.write(bytes);
    await to.waitFor(bytes.subarray(0, 100_000));
    // A little less than half a second, as timers may round.
    assert.ok(performance.now() - startedMs > 450);
    // The bytes that have left the sender are in the kernels' buffers, which hold some MB.
    assert.ok(from.socket.writableLength > 0, 'the whole of it has left the sender');
    network.proxy.set(direction, { bytesPerSecond: Number.POSITIVE_INFINITY });
    await to.waitFor(bytes);
  });

  test(`FaultProxy delivers late but unharmed what was sent ${direction} in a stall`, async () => {
    await using network = await openNetwork();
    const [from, to] = await network.open(direction);
    network.proxy.set(direction, { block: 'stall' });
    const bytes = randomBytes(40_000_000);
    from.socket.end(bytes);
    await answer(to, from);
    assert.deepEqual([to.bytes.length, network.proxy.bytes[direction]], [0, 0]);
    assert.ok(from.socket.writableLength > 0, 'the whole of it has left the sender');
    network.proxy.set(direction, { block: 'none' });
    await to.waitFor(bytes);
    await to.waitFor('ended');
  });

  test(`FaultProxy swallows bytes, FIN and all that follows when ${direction} is a black hole`, async () => {
    await using network = await openNetwork();
    const { proxy } = network;
    const [from, to] = await network.open(direction);
    const [other, unharmed] = await network.open(direction);
    proxy.set(direction, { block: 'black-hole' });
    from.socket.end(randomBytes(40_000_000));
    await once(from.socket, 'finish');
    await answer(to, from);
    proxy.set(direction, { block: 'none' });
    other.socket.write('after');
    await unharmed.waitFor(Buffer.from('after'));
    assert.deepEqual([to.bytes.length, to.state, proxy.bytes[direction]], [0, 'open', 5]);
  });

  test(`FaultProxy forwards exactly so many bytes ${direction} and then resets when a cut is planned`, async () => {
    await using network = await openNetwork();
    const { proxy } = network;
    const bytes = randomBytes(3_000_000);
    for (const count of [0, 1, 64, 65_537, 999_999]) {
      // A peer that reads late must get them all the same.
      const [from, to] = await network.open(direction, true);
      const cut = proxy.cutAfter(direction, count);
      from.socket.write(bytes);
      // The proxy meets a peer that is slow to read.
      await setTimeout(50);
      to.socket.resume();
      await Promise.all([cut, from.waitFor('reset'), to.waitFor('reset')]);
      assert.equal(to.bytes.length, count);
      assert.ok(to.bytes.equals(bytes.subarray(0, count)));
    }
    assert.equal(proxy.bytes[direction], 1_065_601);
    assert.equal(proxy.bytes[back], 0);
    const [from, to] = await network.open(direction);
    from.socket.write(bytes);
    await to.waitFor(bytes);
  });
}

test('FaultProxy ends every connection at both ends when it cuts', async () => {
  await using network = await openNetwork();
  for (const [how, state] of [
    ['reset', 'reset'],
    ['close', 'ended'],
  ] as const) {
    const ends = [...(await network.open()), ...(await network.open())];
    network.proxy.cut(how);
    await Promise.all(ends.map((end) => end.waitFor(state)));
    for (const end of ends) end.socket.end();
    for (const end of ends) await until(() => end.socket.destroyed);
    await until(() => network.proxy.openConnections === 0);
  }
  assert.equal(network.proxy.connections, 4);
});

test('FaultProxy resets a client when nothing listens, and takes the next to the new target when that is set', async () => {
  await using network = await openNetwork();
  await using gone = await openNetwork();
  await gone[Symbol.asyncDispose]();
  const { target } = network.proxy;
  network.proxy.target = gone.proxy.target;
  const refused = new End(connect({ port: network.proxy.port, host: '127.0.0.1' }));
  await refused.waitFor('reset');
  network.proxy.target = target;
  const [client, server] = await network.open();
  client.socket.write('here');
  await server.waitFor(Buffer.from('here'));
});

test('FaultProxy leaves nothing open when it is disposed with faults and connections', async () => {
  const network = await openNetwork({ up: { block: 'stall' }, down: { delayMs: 60_000, sliceBytes: 1 } });
  const [client, server] = await network.open();
  client.socket.write(randomBytes(1_000_000));
  server.socket.write(randomBytes(1_000_000));
  await until(() => client.socket.writableLength === 0 || client.socket.writableNeedDrain);
  await network.proxy[Symbol.asyncDispose]();
  for (const end of [client, server]) await until(() => end.state !== 'open');
  await network[Symbol.asyncDispose]();
});
