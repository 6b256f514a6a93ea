import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { createFrameQueue } from '../../src/delivery/create-queue.ts';
import { EveryFrameQueue } from '../../src/delivery/frame-queue.ts';
import { Sender } from '../../src/delivery/sender.ts';
import type { Connector, Uplink } from '../../src/delivery/uplink.ts';
import { CodedError } from '../../src/errors.ts';
import type { CapturedFrame } from '../../src/protocol/frame.ts';
import { encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { Notify } from '../../src/system/notify.ts';
import { createTcpSender, type TcpSenderOptions } from '../../src/transport/connect/tcp-sender.ts';
import { makeCaptured } from '../support/frames.ts';
import { TrialLog } from '../support/trial-log.ts';

/** A receiver that serves each connection so, and what the sender says meanwhile. */
class Trial implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly sockets: Socket[] = [];
  readonly #said = new Notify();
  readonly #server;

  constructor(serve: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.sockets.push(socket.on('error', () => undefined));
      serve(socket);
    });
  }

  /** Sends some frames; the source ends once a line like that was said. */
  async send(options: Partial<TcpSenderOptions>, ending: RegExp): Promise<Sender> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const say = (line: string) => {
      this.lines.push(line);
      this.#said.notify();
    };
    const defaultValue = { ...defaultOptions, port, ...options };
    const sender = createTcpSender(
      defaultValue,
      createFrameQueue(this.#film(ending), { ...defaultValue, isLive: false }),
      {
        info: say,
        warn: say,
      },
    );
    await sender.run(new AbortController().signal);
    return sender;
  }

  async *#film(ending: RegExp): AsyncGenerator<CapturedFrame> {
    for (let sequence = 1; sequence <= 3; sequence += 1) yield makeCaptured(sequence);
    while (!this.lines.some((line) => ending.test(line))) await this.#said.wait(AbortSignal.timeout(10_000));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

const defaultOptions: TcpSenderOptions = {
  host: '127.0.0.1',
  port: 0,
  connectTimeoutMs: 5000,
  tls: undefined,
  wire: 'classic',
  sendTimeoutMs: 5000,
  idleTimeoutMs: 5000,
  name: 'trial',
  delivery: 'every',
  token: new Uint8Array(),
  retries: 3,
  count: 0,
  maxInFlight: 2,
  bufferBytes: 1000,
};

const rejection = encodeMessage({ type: 'FAIL', code: 'NOT_ACCEPTED', reason: 'come otherwise' });

describe('Sender on the classic wire', { concurrency: 4 }, () => {
  test('fails with the rejection when that came after the last frame and nothing is left to send', async () => {
    await using trial = new Trial((socket) => socket.once('data', () => socket.end(rejection)).resume());
    const sending = trial.send({}, /come otherwise/);
    await assert.rejects(sending, {
      code: 'REJECTED',
      message: / rejected the connection: come otherwise \(NOT_ACCEPTED\)$/,
    });
    assert.equal(trial.sockets.length, 1);
  });

  test('goes on with classic frames when the receiver that took none gave way to one that takes no others', async () => {
    const taken: string[] = [];
    const first = (chunk: Uint8Array) => Buffer.from(chunk.subarray(0, 4)).toString('latin1');
    await using trial = new Trial((socket) => {
      const tries = trial.sockets.length;
      socket.once('data', (chunk: Uint8Array) => {
        taken.push(first(chunk));
        // The third and all after it are a Python server, which answers nothing and fails at a message of wire 2.
        if (tries < 3) socket.end(rejection);
        else if (!/^\d/.test(taken.at(-1) ?? '')) socket.destroy();
      });
    });
    await trial.send(
      { wire: 'auto', delivery: 'latest', retries: 8, count: 3 },
      /gave up|connected again|rejected the connection: come otherwise.*try 1/,
    );
    assert.equal(/^\d/.test(taken.at(-1) ?? ''), true, taken.join());
    assert.deepEqual(
      taken.slice(0, 2).map((text) => /^\d/.test(text)),
      [true, false],
    );
  });

  test('fails with the number of tries when it is rejected to the last', async () => {
    await using trial = new Trial((socket) => socket.once('data', () => socket.end(rejection)).resume());
    const sending = trial.send({ retries: 1 }, /never said/);
    await assert.rejects(sending, { code: 'REJECTED', message: /gave up after 1 try$/ });
    assert.deepEqual(
      trial.lines.filter((line) => /lost|arrived/.test(line)),
      [],
    );
  });

  test('fails, and counts them no more, when the connection broke after the last frames', async () => {
    await using trial = new Trial((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const sending = trial.send({}, /broke/);
    const message = /broke: .*; 3 frames may not have arrived\. Is it image-receiver\? `image-sender doctor --host /;
    await assert.rejects(sending, { code: 'NOT_DELIVERED', message });
  });

  test('says nothing of the kind when the receiver read all', async () => {
    await using trial = new Trial((socket) => socket.resume());
    await trial.send({}, /connected/);
    assert.deepEqual(
      trial.lines.filter((line) => /broke|lost|arrived/.test(line)),
      [],
    );
  });
});

test('Sender ends with the fault when its uplink fails otherwise than by a break', async () => {
  const uplink = {
    ...{
      failure: undefined,
      cause: 'lost',
      acknowledging: 'expected',
      isGreeted: true,
      isHeard: true,
      canTakeMore: true,
    },
    send: () => Promise.reject(new RangeError('no such width')),
    end: () => Promise.reject(new CodedError('SEND_FAILED', 'it did not read to the end')),
  } as const satisfies Uplink;
  const connector: Connector = {
    ...{ address: 'there', connectedLine: undefined, staysConnected: false, countsRejected: true },
    maxBytesInFlight: Number.POSITIVE_INFINITY,
    conclude: ({ code }) => ({ code, advice: '' }),
    connect: async () => uplink,
    close: () => undefined,
  };
  const queue = new EveryFrameQueue(
    (async function* () {
      yield makeCaptured(1);
    })(),
  );
  const limits = {
    delivery: 'every',
    retries: 3,
    count: 0,
    maxInFlight: 2,
    bufferBytes: 1000,
    sendTimeoutMs: 5000,
  } as const;
  const stop = new AbortController();
  const sender = new Sender({ connector, queue, log: new TrialLog() }, limits);
  const running = sender.run(stop.signal);
  await assert.rejects(running, /no such width/);
  assert.deepEqual([sender.state, sender.uncertain], ['ended', 1]);
});
