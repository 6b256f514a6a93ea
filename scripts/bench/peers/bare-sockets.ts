// Bare sockets of Node with the bytes of a JPEG, its length and its time before it, and nothing else: the limit for latency.
// `receive`: prints `listening PORT`, and for each picture a line, its milliseconds from capture to the last byte.
// `send PORT SECONDS INTERVAL FOLDER`: sends, one picture every INTERVAL seconds.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { readWallClockUs } from '../../../src/system/clock.ts';
import { readPictures } from '../loads/pictures.ts';

/** The length, and the time of capture in microseconds since 1970. */
const headBytes = 16;

const [role, ...args] = process.argv.slice(2);
if (role === 'receive') await receive();
else await send(args);

async function receive(): Promise<void> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  process.stdout.write(`listening ${typeof address === 'object' ? address?.port : ''}\n`);
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  const head = Buffer.alloc(headBytes);
  let [filled, left] = [0, 0];
  socket.setNoDelay(true).on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (filled < headBytes) {
        const taken = chunk.copy(head, filled, at, at + headBytes - filled);
        [filled, at] = [filled + taken, at + taken];
        if (filled === headBytes) left = head.readDoubleBE(0);
        continue;
      }
      const taken = Math.min(left, chunk.length - at);
      [left, at] = [left - taken, at + taken];
      if (left > 0) continue;
      process.stdout.write(`${(readWallClockUs() - head.readDoubleBE(8)) / 1000}\n`);
      filled = 0;
    }
  });
}

async function send([port = '', seconds = '', intervalS = '', folder = '']: readonly string[]): Promise<void> {
  const pictures = await readPictures(folder);
  const socket = connect(Number(port), '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  const startMs = performance.now();
  for (let i = 0; performance.now() - startMs < Number(seconds) * 1000; i++) {
    await delay(Math.max(0, startMs + i * Number(intervalS) * 1000 - performance.now()));
    const picture = pictures[i % pictures.length] as Uint8Array;
    const head = Buffer.alloc(headBytes);
    head.writeDoubleBE(picture.length, 0);
    head.writeDoubleBE(readWallClockUs(), 8);
    socket.cork();
    socket.write(head);
    socket.write(picture);
    socket.uncork();
  }
  socket.end();
}
