// Many senders of wire 2 in one process, as cheap as can be, so that the receiver is the limit: frames are there already.
// As with *latest*, two frames are in flight, one waits, and a newer one takes its place: that one is dropped.
// Arguments: port, senders, seconds, frames per second of each, folder of JPEGs. Prints a line of JSON.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { readJpegSize } from '../../../src/protocol/jpeg/jpeg-head.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { encodeFrameHead, encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { readCaptureTime, readMonotonicUs, readWallClockUs } from '../../../src/system/clock.ts';
import { readPictures } from '../loads/pictures.ts';

const maxInFlight = 2;
/** Until all are connected, and warm. */
const warmUpMs = 1000;
const connectsAtOnce = 50;

const [port = '', senders = '', seconds = '', fps = '', folder = ''] = process.argv.slice(2);
const pictures = (await readPictures(folder)).map((jpeg) => ({ jpeg, ...readJpegSize(jpeg) }));

class CheapSender {
  dropped = 0;
  readonly #socket: Socket;
  readonly #decoder = new MessageDecoder(defaultFrameLimits);
  #sequence = 0;
  #acknowledged = 0;
  #isWaiting = false;

  constructor(socket: Socket, name: string) {
    this.#socket = socket;
    socket.setNoDelay(true).on('data', (chunk: Buffer) => this.#read(chunk));
    // A receiver that ends the connection gets no more frames: all of them count as dropped.
    socket.on('error', () => undefined);
    const introduction = {
      stream: name,
      keepAliveMs: 60_000,
      delivery: 'latest',
      name,
      token: new Uint8Array(),
    } as const;
    socket.write(encodeMessage({ type: 'HELO', ...introduction }));
  }

  capture(): void {
    if (this.#sequence - this.#acknowledged < maxInFlight && !this.#socket.destroyed) this.#send();
    else if (this.#isWaiting) this.dropped++;
    else this.#isWaiting = true;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(): void {
    const picture = pictures[this.#sequence % pictures.length] as (typeof pictures)[number];
    this.#sequence++;
    this.#socket.cork();
    this.#socket.write(encodeFrameHead({ ...picture, ...readCaptureTime(), sequence: this.#sequence }));
    this.#socket.write(picture.jpeg);
    this.#socket.uncork();
  }

  #read(chunk: Uint8Array): void {
    for (const message of this.#decoder.decode(chunk)) {
      if (message.type === 'ACKN' || message.type === 'skip') this.#acknowledged = message.sequence;
      if (message.type === 'ping') this.#answer(message.sentUs);
    }
    if (!this.#isWaiting || this.#sequence - this.#acknowledged >= maxInFlight) return;
    this.#isWaiting = false;
    this.#send();
  }

  #answer(sentUs: number): void {
    const nowUs = readMonotonicUs();
    const times = { sentUs, remoteReceivedUs: nowUs, remoteSentUs: nowUs, remoteWallUs: readWallClockUs() };
    this.#socket.write(encodeMessage({ type: 'pong', ...times }));
  }
}

const crowd: CheapSender[] = [];
while (crowd.length < Number(senders)) {
  const count = Math.min(connectsAtOnce, Number(senders) - crowd.length);
  const sockets = Array.from({ length: count }, () => connect(Number(port), '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) crowd.push(new CheapSender(socket, `cam-${crowd.length}`));
}

/** Captures by turns, evenly over time, and gives the longest time that a capture came too late: then this process is the limit. */
async function play(ms: number): Promise<number> {
  const stepMs = 1000 / (Number(fps) * crowd.length);
  const [startMs, total] = [performance.now(), Math.floor(ms / stepMs)];
  let [done, lateMs] = [0, 0];
  while (done < total) {
    const passedMs = performance.now() - startMs;
    const due = Math.min(total, Math.floor(passedMs / stepMs));
    lateMs = Math.max(lateMs, passedMs - done * stepMs);
    for (; done < due; done++) crowd[done % crowd.length]?.capture();
    await delay(1);
  }
  return lateMs;
}

await play(warmUpMs);
const count = () => crowd.reduce((sum, { dropped }) => sum + dropped, 0);
const before = count();
const lateMs = await play(Number(seconds) * 1000);
process.stdout.write(`${JSON.stringify({ dropped: count() - before, lateMs })}\n`);
for (const sender of crowd) sender.close();
