import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../support/child.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { type Runtime, soonMs, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { mebibyte, readMemory } from './faults-figures.ts';
import { type Attack, attacks, head, hugeBegun, sized, toBytes } from './plain-attacks.ts';

const good = tinyJpeg(640, 480, 20_000);
/** A stream that nothing ends is ended here: well over each limit. */
const maxBytes = 64 * mebibyte;
/** The longest frame, as it is held, as it grows and as it is put together; and what the runtime has not collected yet. */
const maxGrownBytes = 200 * mebibyte;

/** Sends until the connection is closed, or `maxBytes`. */
async function pour(socket: Socket, { first, again }: Attack): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  let bytes = 0;
  for (let piece = toBytes(first); !socket.destroyed && bytes < maxBytes; piece = toBytes(again ?? '')) {
    if (piece.length === 0) break;
    bytes += piece.length;
    if (!socket.write(piece)) await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
  }
}

interface HostileClient {
  readonly socket: Socket;
  readonly label: string;
  readonly closed: Promise<void>;
}

/** @param reads whether it reads what it is answered */
async function call(port: number, reads: boolean): Promise<HostileClient> {
  const socket = connect({ port, host: '127.0.0.1' });
  // One more for each piece that has to wait.
  socket.setMaxListeners(0);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (reads) socket.resume();
  return { socket, label: `127.0.0.1:${socket.localPort}`, closed };
}

/** @param from the first line that counts: a port that a reset has freed may be another client's soon */
function linesOf(receiver: Child, label: string, from = 0): string[] {
  const lines = receiver.lines('stderr').slice(from);
  return lines.filter((line) => line.includes(`${label} `) || line.includes(`${label})`));
}

/** A sender that has sent a frame. */
async function openSender(receiver: Child, port: number): Promise<RawClient> {
  const client = await RawClient.open(port);
  await client.send(good);
  await receiver.waitForLine('stderr', /sends pictures/, soonMs);
  return client;
}

/** Unauthorized clients that know no wire of ours may cost their own connection and one line, whatever they send. */
export function defineHostilePlainSenders(runtime: Runtime): void {
  describe(`hostile plain senders, receiver ${runtime}`, () => {
    test('each costs its own connection and one line with the limit when a good sender goes on', async (t: TestContext) => {
      // On a busy machine an attack may take longer than the bystander may be silent.
      const { receiver, port } = await startReceiver(runtime, ['--quiet', '--idle-timeout', '5m']);
      await using _receiver = receiver;
      using bystander = await openSender(receiver, port);
      const beforeBytes = await readMemory(receiver.pid);
      let maxMemory = beforeBytes;
      let sent = 1;
      for (const [what, attack] of Object.entries(attacks)) {
        const linesBefore = receiver.lines('stderr').length;
        const { socket, label, closed } = await call(port, true);
        await pour(socket, attack);
        const [line] = await receiver.waitForLine(
          'stderr',
          new RegExp(`${label}.* dropped without a frame: .*`),
          soonMs,
        );
        assert.match(line, attack.line, what);
        maxMemory = Math.max(maxMemory, await readMemory(receiver.pid));
        socket.destroy();
        await closed;
        const lines = linesOf(receiver, label, linesBefore);
        assert.equal(lines.length, 1, [what, ...lines].join('\n'));
        await bystander.send(good);
        sent++;
      }
      bystander.end();
      await receiver.waitForLine('stderr', new RegExp(`left after ${sent} frames`), soonMs);
      t.diagnostic(`the receiver grew by ${((maxMemory - beforeBytes) / mebibyte).toFixed(1)} MiB`);
      assert.ok(maxMemory - beforeBytes < maxGrownBytes, `grew by ${maxMemory - beforeBytes} bytes`);
      assert.equal((await receiver.stop()).code, 0);
    });

    test('a picture over a limit is rejected and told, by TCP and by HTTP, and the next one arrives', async () => {
      const { receiver, port } = await startReceiver(runtime, ['--quiet']);
      await using _receiver = receiver;
      for (const before of [new Uint8Array(), sized]) {
        const { socket, label } = await call(port, true);
        socket.write(Buffer.concat([before, hugeBegun, Uint8Array.of(0xff, 0xd9)]));
        const reason = /skipped \d+ bytes: .* <= 4096x4096: it is 65535x65535 \[PICTURE_TOO_LARGE\]$/;
        const [line] = await receiver.waitForLine('stderr', new RegExp(`${label}\\)?: skipped.*`), soonMs);
        assert.match(line, reason);
        socket.write(good);
        await receiver.waitForLine('stderr', new RegExp(`${label}\\)? sends pictures`), soonMs);
        socket.destroy();
      }
    });

    test('a client that drips a head, a body or nothing is dropped in time', async () => {
      const limits = ['--quiet', '--header-timeout', '700ms', '--idle-timeout', '700ms'];
      const { receiver, port } = await startReceiver(runtime, limits);
      await using _receiver = receiver;
      const drips: [first: string, line: RegExp][] = [
        ['POST ', /No frame header came within 0\.7 s \(--header-timeout\) \[NO_FRAME\]$/],
        ['ÿ', /No frame header came within 0\.7 s \(--header-timeout\) \[NO_FRAME\]$/],
        ['ÿØ', /less than 1024 bytes came within 0\.7 s .*\[IDLE\]$/],
        [sized.toString('latin1'), /less than 1024 bytes came within 0\.7 s .*\[IDLE\]$/],
      ];
      for (const [first, expected] of drips) {
        const { socket, label, closed } = await call(port, true);
        socket.write(Buffer.from(first, 'latin1'));
        const drip = first === 'ÿ' ? undefined : setInterval(() => socket.write('x'), 50);
        const [line] = await receiver.waitForLine(
          'stderr',
          new RegExp(`${label}.* dropped without a frame: .*`),
          soonMs,
        );
        clearInterval(drip);
        assert.match(line, expected);
        await closed;
      }
    });

    test('a client that rests between two requests may go or be silent without a line of warning', async () => {
      const { receiver, port } = await startReceiver(runtime, ['--quiet', '--idle-timeout', '1s']);
      await using _receiver = receiver;
      const request = Buffer.concat([Buffer.from(`${head}Content-Length: ${good.length}\r\n\r\n`), good]);
      for (const isSilent of [true, false]) {
        const { socket, label, closed } = await call(port, true);
        socket.once('data', () => {
          if (!isSilent) socket.resetAndDestroy();
        });
        socket.write(request);
        await closed;
        await receiver.waitForLine('stderr', new RegExp(`${label}\\) left after 1 frame `), soonMs);
      }
    });

    test('a client that never reads the answers is dropped before they pile up', async () => {
      const { receiver, port } = await startReceiver(runtime, ['--quiet']);
      await using _receiver = receiver;
      const request = Buffer.concat([
        Buffer.from(`${head}Content-Length: ${tinyJpeg(1, 1, 0).length}\r\n\r\n`),
        tinyJpeg(1, 1, 0),
      ]);
      const again = Buffer.concat(Array.from({ length: 1000 }, () => request));
      const { socket, label } = await call(port, false);
      await pour(socket, { first: request, again, line: /./ });
      await receiver.waitForLine(
        'stderr',
        new RegExp(`${label}.* dropped after .*may wait for it to read: \\d+ do`),
        soonMs,
      );
      socket.destroy();
    });

    test('lines are dropped and memory stays when nobody reads what the receiver prints', async () => {
      const { receiver, port } = await startReceiver(runtime, ['--json'], {
        before: ['bash', '-c', 'exec "$0" "$@" > >(exec sleep 30 >/dev/null 2>&1)'],
      });
      await using _receiver = receiver;
      const { socket } = await call(port, true);
      const beforeBytes = await readMemory(receiver.pid);
      const tiny = Buffer.concat(Array.from({ length: 1000 }, () => tinyJpeg(16, 16, 1000)));
      // Nobody reads, so that the receiver may stop reading too.
      await Promise.race([pour(socket, { first: tiny, again: tiny, line: /./ }), sleep(3000)]);
      await receiver.waitForLine('stderr', /lines are dropped until it catches up/, soonMs);
      const grownBytes = (await readMemory(receiver.pid)) - beforeBytes;
      assert.ok(grownBytes < maxGrownBytes, `grew by ${grownBytes} bytes`);
      receiver.signal('SIGTERM');
      assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
      socket.destroy();
    });

    test('a good sender goes on and memory stays when a thousand hostile clients come', async (t: TestContext) => {
      const { receiver, port } = await startReceiver(runtime, ['--quiet']);
      await using _receiver = receiver;
      using bystander = await openSender(receiver, port);
      const beforeBytes = await readMemory(receiver.pid);
      let maxMemory = beforeBytes;
      let sent = 1;
      const says = [...Object.values(attacks).map(({ first }) => toBytes(first)), new Uint8Array()];
      for (let batch = 0; batch < 10; batch++) {
        const clients = await Promise.all(Array.from({ length: 100 }, () => call(port, false)));
        clients.forEach(({ socket }, i) => {
          socket.write(says[i % says.length] ?? '');
        });
        await bystander.send(good);
        sent++;
        // The receiver's memory is looked at while they stay.
        await sleep(100);
        maxMemory = Math.max(maxMemory, await readMemory(receiver.pid));
        for (const { socket } of clients) socket.destroy();
      }
      bystander.end();
      await receiver.waitForLine('stderr', new RegExp(`${bystander.label} left after ${sent} frames`), soonMs);
      t.diagnostic(`the receiver grew by ${((maxMemory - beforeBytes) / mebibyte).toFixed(1)} MiB`);
      assert.ok(maxMemory - beforeBytes < maxGrownBytes, `grew by ${maxMemory - beforeBytes} bytes`);
    });
  });
}
