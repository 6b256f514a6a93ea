import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { encodeClassicFrame } from '../../src/protocol/classic/classic-encoder.ts';
import { fakeJpeg } from '../support/jpeg.ts';
import {
  type ProgramName,
  type Runtime,
  readJsonLines,
  readMessages,
  soonMs,
  startProgram,
  startReceiver,
} from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { readMemory } from './faults-figures.ts';
import { type Ends, makeFolder } from './suite.ts';

const time = '2026-01-01 00:00:00.000000'.padEnd(64);
const good = encodeClassicFrame({ jpeg: fakeJpeg(480, 315), capturedAtUs: 1_767_225_600_000_000 });

function raw(length: string, body = ''): Uint8Array {
  return Buffer.from(length.padEnd(64) + body + time, 'latin1');
}

function rawJpeg(width: number, height: number, bytes = 200): Uint8Array {
  return encodeClassicFrame({ jpeg: fakeJpeg(width, height, bytes), capturedAtUs: 0 });
}

const badStreams: Record<string, [bytes: Uint8Array, message: RegExp]> = {
  'a length that is no number': [raw('hello'), /must be digits and above 0: it is 'hello'/],
  'a length of zero': [raw('0'), /must be digits and above 0: it is '0'/],
  'a negative length': [raw('-1'), /must be digits and above 0: it is '-1'/],
  'a length that nothing has': [raw('99999999996'), /must be <= 16000000 bytes: it has at least 74999999995/],
  'a body that is not base64': [raw('8', '********'), /must be base64/],
  'a time that is none': [Buffer.concat([good.subarray(0, -64), Buffer.from('soon'.padEnd(64))]), /it is 'soon'/],
  'an HTTP request': [Buffer.from(`GET / HTTP/1.1\r\nHost: ${'x'.repeat(60)}\r\n\r\n`), /an HTTP request GET /],
  'half a frame and no more': [good.subarray(0, 150), /ended within a frame/],
};

const badFrames: Record<string, [bytes: Uint8Array, message: RegExp]> = {
  'longer than the limit': [rawJpeg(480, 315, 3000), /must be <= 2000 bytes: it has at least 2998 \[FRAME_TOO_LONG\]/],
  'no JPEG': [raw('8', 'aGVsbG8='), /must be a JPEG: .* \[NOT_JPEG\]/],
  'larger than the limit': [rawJpeg(65500, 65500), /<= 4096x4096: it is 65500x65500 \[PICTURE_TOO_LARGE\]/],
};

const mebibyte = 2 ** 20;
/** Chunks that were read and are done with, and that the runtime has not collected yet: in all, not for each connection. */
const garbageBytes = 160 * mebibyte;

/** Each fault may disturb its own connection or option, and nothing else. */
export function defineRobustness(ends: Ends): void {
  describe(`robustness, sender ${ends.sender}, receiver ${ends.receiver}`, () => {
    test('each bad stream costs its own connection and one line when others send well', async () => {
      const started = await startReceiver(ends.receiver, ['--json']);
      await using receiver = started.receiver;
      using bystander = await RawClient.open(started.port);
      let sent = 0;
      for (const [what, [bytes, message]] of Object.entries(badStreams)) {
        using client = await RawClient.open(started.port);
        await client.send(bytes);
        if (what === 'half a frame and no more') client.end();
        const pattern = new RegExp(`${client.label} dropped without a frame: (.*)`);
        const [, reason] = await receiver.waitForLine('stderr', pattern, soonMs);
        assert.match(reason ?? '', message, what);
        await client.closed;
        await bystander.send(good);
        sent++;
      }
      bystander.end();
      await receiver.waitForLine('stderr', new RegExp(`${bystander.label} left after ${sent} frames`), soonMs);
      assert.equal((await receiver.stop()).code, 0);
      assert.equal(readJsonLines(receiver).length, sent);
      assert.equal(readMessages(receiver).length, 1 + sent + 2, readMessages(receiver).join('\n'));
    });

    test('a bad frame is rejected and told, and the next one arrives', async () => {
      const started = await startReceiver(ends.receiver, ['--json', '--max-frame', '2000']);
      await using receiver = started.receiver;
      for (const [what, [bytes, message]] of Object.entries(badFrames)) {
        using client = await RawClient.open(started.port);
        await client.send(Buffer.concat([bytes, good]));
        const [line] = await receiver.waitForLine('stderr', new RegExp(`${client.label}: skipped a frame: .*`), soonMs);
        assert.match(line, message, what);
        await receiver.waitForLine('stdout', new RegExp(`"${client.label}".*"sequence":1`), soonMs);
      }
    });

    test('the receiver says so in one line when a connection leaves before its first frame', async () => {
      const started = await startReceiver(ends.receiver);
      await using receiver = started.receiver;
      using client = await RawClient.open(started.port);
      client.end();
      await receiver.waitForLine('stderr', new RegExp(`${client.label} left without a frame`), soonMs);
    });

    test('a sender that dies in mid-frame leaves nothing behind when pictures are saved', async () => {
      await using folder = await makeFolder();
      const started = await startReceiver(ends.receiver, ['--save', folder.path, '--json']);
      await using receiver = started.receiver;
      using client = await RawClient.open(started.port);
      await client.send(Buffer.concat([good, good.subarray(0, 200)]));
      await receiver.waitForLine('stdout', /"sequence":1/, soonMs);
      client.reset();
      await receiver.waitForLine('stderr', /dropped after 1 frame /, soonMs);
      using next = await RawClient.open(started.port);
      await next.send(good);
      await receiver.waitForLine('stdout', /"sequence":1/, soonMs);
    });

    test('whole pictures and no others are saved when senders are killed while they send', async () => {
      await using folder = await makeFolder();
      const started = await startReceiver(ends.receiver, ['--save', folder.path, '--quiet']);
      await using receiver = started.receiver;
      const args = ['pattern', '--size', '1600x1200', '--interval', '0', '--port', `${started.port}`];
      for (let round = 1; round <= 3; round++) {
        await using sender = startProgram(ends.sender, 'image-sender', args);
        await receiver.waitForLine('stderr', /sends pictures/, soonMs);
        // It is to be killed while it sends, at different places.
        await new Promise((resolve) => setTimeout(resolve, 100 * round));
        sender.signal('SIGKILL');
        await receiver.waitForLine('stderr', /(left|dropped) after \d+ frames?/, soonMs);
      }
      assert.equal((await receiver.stop()).code, 0);
      const names = await readdir(folder.path);
      assert.ok(names.length >= 3);
      for (const name of names) {
        assert.match(name, /^[^.].*\.jpg$/);
        const jpeg = await readFile(join(folder.path, name));
        assert.equal(jpeg.readUInt16BE(0), 0xffd8, name);
        assert.equal(jpeg.readUInt16BE(jpeg.length - 2), 0xffd9, name);
      }
    });

    test('memory stays within a frame and 1 MiB a connection when many announce the largest frame', async () => {
      const frameBytes = 16 * mebibyte;
      const limits = ['--max-frame', `${frameBytes}`, '--quiet', '--idle-timeout', '1m'];
      const { receiver, port } = await startReceiver(ends.receiver, limits);
      await using _receiver = receiver;
      using first = await RawClient.open(port);
      await first.send(good);
      await receiver.waitForLine('stderr', /sends pictures/, soonMs);
      const beforeBytes = await readMemory(receiver.pid);
      const clients = await Promise.all(Array.from({ length: 12 }, () => RawClient.open(port)));
      const almost = Buffer.alloc(64 + frameBytes - 4, 'A');
      almost.write(`${frameBytes}`.padEnd(64));
      await Promise.all(clients.map((client) => client.send(almost)));
      // All that was sent is with the receiver once it answers a frame sent after it.
      await first.send(good);
      first.end();
      await receiver.waitForLine('stderr', /left after 2 frames/, soonMs);
      const grownBytes = (await readMemory(receiver.pid)) - beforeBytes;
      for (const client of clients) client[Symbol.dispose]();
      const limitBytes = clients.length * (frameBytes + mebibyte) + garbageBytes;
      assert.ok(grownBytes < limitBytes, `grew by ${grownBytes} of ${limitBytes} bytes`);
    });

    test('a connection is dropped when it says nothing, stops within a header, or drips', async () => {
      const limits = ['--header-timeout', '700ms', '--idle-timeout', '700ms'];
      const started = await startReceiver(ends.receiver, limits);
      await using receiver = started.receiver;
      using silent = await RawClient.open(started.port);
      using half = await RawClient.open(started.port);
      await half.send(good.subarray(0, 30));
      using dripping = await RawClient.open(started.port);
      await dripping.send(good.subarray(0, 64));
      const drip = setInterval(() => void dripping.send(Uint8Array.of(0x41)), 50);
      try {
        await Promise.all([silent.closed, half.closed, dripping.closed]);
      } finally {
        clearInterval(drip);
      }
      const lines = () => receiver.lines('stderr').join('\n');
      while (lines().split('dropped').length < 4) await receiver.waitForLine('stderr', /dropped/, soonMs);
      assert.match(lines(), new RegExp(`${silent.label} dropped without a frame: No frame header came within 0.7 s`));
      assert.match(lines(), new RegExp(`${half.label} dropped without a frame: No frame header came within 0.7 s`));
      assert.match(lines(), new RegExp(`${dripping.label} dropped .*less than 1024 bytes came within 0.7 s`));
    });

    test('one sender more than allowed is rejected when --max-senders are there', async () => {
      const started = await startReceiver(ends.receiver, ['--max-senders', '1', '--json']);
      await using receiver = started.receiver;
      using first = await RawClient.open(started.port);
      await first.send(good);
      await receiver.waitForLine('stdout', /"sequence":1/, soonMs);
      using second = await RawClient.open(started.port);
      await second.closed;
      await receiver.waitForLine('stderr', new RegExp(`${second.label}.*at most 1 .*--max-senders`), soonMs);
      await first.send(good);
      await receiver.waitForLine('stdout', /"sequence":2/, soonMs);
    });

    test('the receiver ends quietly with 0 when the reader of its output goes', async () => {
      const started = await startReceiver(ends.receiver, ['--json'], {
        before: ['bash', '-o', 'pipefail', '-c', '"$0" "$@" | head -n 1'],
      });
      await using receiver = started.receiver;
      using client = await RawClient.open(started.port);
      for (let i = 0; i < 3; i++) {
        await client.send(good);
        // The reader goes after the first line; the receiver finds out with a line that comes after that.
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
      assert.equal(readMessages(receiver).filter((line) => !/listening|sends|left/.test(line)).length, 0);
    });

    test('the receiver ends with 0 when it is told to while nobody reads its output', async () => {
      const started = await startReceiver(ends.receiver, ['--json'], {
        before: ['bash', '-c', 'exec "$0" "$@" > >(exec sleep 30 >/dev/null 2>&1)'],
      });
      await using receiver = started.receiver;
      using client = await RawClient.open(started.port);
      // More lines than a pipe holds and the receiver keeps.
      await client.send(Buffer.concat(Array.from({ length: 2000 }, () => good)));
      receiver.signal('SIGTERM');
      assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
    });

    test('frames are counted as dropped and others go on when the disk is full', async () => {
      await using folder = await makeFolder();
      // A file system of 64 KiB in a name space of its own.
      const script = 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"';
      const started = await startReceiver(ends.receiver, ['--save', folder.path, '--json'], {
        before: ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, folder.path],
      });
      await using receiver = started.receiver;
      using client = await RawClient.open(started.port);
      const large = encodeClassicFrame({ jpeg: fakeJpeg(480, 315, 40_000), capturedAtUs: 0 });
      for (let i = 0; i < 4; i++) await client.send(large);
      await receiver.waitForLine('stdout', /"sequence":4/, soonMs);
      await receiver.waitForLine('stderr', /Cannot save .*the disk is full \(ENOSPC\); dropping frames/, soonMs);
      assert.equal(receiver.lines('stderr').filter((line) => line.includes('Cannot save')).length, 1);
      assert.equal((await receiver.stop()).code, 0);
      assert.match(readMessages(receiver).at(-1) ?? '', /3 pictures were not saved, 1 was/);
    });
  });

  defineExitCodes(ends);
}

function defineExitCodes(ends: Ends): void {
  // A receiver has no part in how a sender starts: those of another suite with the same sender would be the same processes again.
  const isSenderTried = ends.sender === ends.receiver;
  const runtimes = { ...(isSenderTried ? { 'image-sender': ends.sender } : {}), 'image-receiver': ends.receiver };
  describe(`exit codes, sender ${ends.sender}, receiver ${ends.receiver}`, () => {
    const failures: [program: 'image-sender' | 'image-receiver', args: string[], code: number, message: RegExp][] = [
      ['image-sender', [], 2, /Cannot start without a command: it must be one of camera, rpicam, pipe, video/],
      ['image-sender', ['vidoe', 'x.mp4'], 2, /the command must be one of camera, rpicam, .*: it is 'vidoe'/],
      [
        'image-sender',
        ['pattern', '--host', 'pc:9'],
        2,
        /--host as it must be a name or address alone, as in --host pc --port 9/,
      ],
      ['image-sender', ['video'], 2, /Cannot send a video without its file: image-sender video FILE/],
      [
        'image-sender',
        ['pattern', '--port', 'http'],
        2,
        /--port as it must be a whole number from 1 to 65535: it is 'http'/,
      ],
      [
        'image-sender',
        ['pattern', '--size', '480'],
        2,
        /--size as it must be WIDTHxHEIGHT such as 480x315: it is '480'/,
      ],
      ['image-sender', ['pattern', '--quality', '101'], 2, /--quality .* from 1 to 100: it is '101'/],
      ['image-sender', ['pattern', '--sise', '1x1'], 2, /no option '--sise' \(on the command line\)/],
      ['image-sender', ['pattern', '--config', '/nonexistent'], 2, /Cannot read the configuration \/nonexistent/],
      ['image-sender', ['camera', '99'], 3, /Cannot open camera \/dev\/video99: there is no such device/],
      ['image-sender', ['camera', '/dev/null'], 3, /Cannot open camera \/dev\/null/],
      [
        'image-sender',
        ['video', '/nonexistent.mp4'],
        3,
        /Cannot open video \/nonexistent.mp4: there is no such file or folder \(ENOENT\)/,
      ],
      ['image-sender', ['video', '/etc/passwd'], 3, /Cannot open video \/etc\/passwd: it is no video/],
      ['image-sender', ['pattern', '--size', '30000x30000'], 2, /--size as it must be of at most 268435456 pixels/],
      ['image-sender', ['pattern', '--constructor'], 2, /no option '--constructor' \(on the command line\)/],
      ['image-sender', ['pattern', '--config', '/dev/zero'], 2, /it must be a file of at most 1048576 bytes/],
      ['image-sender', ['video', '/dev/null'], 3, /Cannot open video \/dev\/null: it is no file/],
      [
        'image-sender',
        ['pattern', '--port', '1', '--retries', '2'],
        4,
        /nothing listens there .*\. Start image-receiver there .*\(try 1 of 2\).*gave up after 2 tries/s,
      ],
      [
        'image-sender',
        ['pattern', '--host', 'no.such.invalid', '--retries', '1'],
        4,
        /not known \(ENOTFOUND\)|does not answer \(EAI_AGAIN\)/,
      ],
      ['image-sender', ['pattern', '--wire', '3'], 2, /--wire as it must be auto or classic or 2: it is '3'/],
      [
        'image-sender',
        ['pattern', '--tls-pin', 'sha256:abc'],
        2,
        /--tls-pin as it must be sha256: and 64 hexadecimal digits/,
      ],
      ['image-sender', ['pattern', '--token-file', '/etc/hostname-none'], 2, /no such file or folder/],
      ['image-sender', ['pattern', '--name', 'x'.repeat(65)], 2, /--name as it must be 1 to 64 bytes/],
      ['image-receiver', ['--token-file', '/etc'], 2, /--token-file \/etc: it is (no file|a folder)/],
      ['image-receiver', ['--tls-cert', '/etc/passwd'], 2, /--tls-cert without --tls-key/],
      [
        'image-receiver',
        ['--tls-cert', '/etc/passwd', '--tls-key', '/etc/passwd'],
        9,
        /Cannot .* \/etc\/passwd.* \[TLS_UNUSABLE\]/,
      ],
      ['image-receiver', ['--json=1'], 2, /--json as it must be true or false: it is '1'/],
      ['image-receiver', ['--bogus'], 2, /no option '--bogus'/],
      ['image-receiver', ['--port', '65536'], 2, /from 0 to 65535: it is '65536'/],
      ['image-receiver', ['--duration', 'long'], 2, /--duration as it must be a time such as/],
      [
        'image-receiver',
        ['--host', '192.0.2.1'],
        5,
        /Cannot listen on 192.0.2.1:8080: .*--host 0.0.0.0 listens on every address/,
      ],
      ['image-receiver', ['--save', '/proc/nowhere', '--port', '0'], 6, /Cannot save to \/proc\/nowhere/],
    ];
    for (const [program, args, code, message] of failures) {
      const runtime = runtimes[program];
      if (runtime === undefined) continue;
      test(`${program} ends with ${code} and one line when it is started as '${args.join(' ')}'`, async () => {
        await using child = startProgram(runtime, program, args);
        assert.equal((await child.wait(soonMs)).code, code, child.lines('stderr').join('\n'));
        assert.deepEqual(child.lines('stdout'), []);
        assert.match(child.lines('stderr').join('\n'), message);
        // That others may read a file is no part of the failure.
        const lines = child.lines('stderr').filter((line) => !line.includes('others on this machine may read'));
        // A sender says each try.
        if (code !== 4) assert.equal(lines.length, 1);
      });
    }

    if (isSenderTried) defineGivingUp(ends);

    test('image-receiver ends with 2 when a switch of the configuration is neither true nor false', async () => {
      await using folder = await makeFolder();
      const config = join(folder.path, 'receiver.json');
      await writeFile(config, JSON.stringify({ json: 1 }));
      await using receiver = startProgram(ends.receiver, 'image-receiver', ['--config', config]);
      assert.equal((await receiver.wait(soonMs)).code, 2);
      assert.match(receiver.lines('stderr').join('\n'), /"json" must be true or false: it is 1/);
    });

    test('image-receiver ends with 5 and names the port when it is in use', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      try {
        const { port } = server.address() as { port: number };
        await using receiver = startProgram(ends.receiver, 'image-receiver', ['--port', `${port}`]);
        assert.equal((await receiver.wait(soonMs)).code, 5);
        assert.match(
          receiver.lines('stderr')[0] ?? '',
          new RegExp(`:${port}: another program listens there \\(EADDRINUSE\\)`),
        );
      } finally {
        server.close();
      }
    });

    test('image-receiver takes options from the environment and from a file when they are given there', async () => {
      await using folder = await makeFolder();
      const config = join(folder.path, 'receiver.json');
      await writeFile(config, JSON.stringify({ count: 1, json: true }));
      const { receiver, port } = await startReceiver(ends.receiver, ['--config', config], {
        env: { IMAGE_RECEIVER_MAX_SENDERS: '3', IMAGE_RECEIVER_COUNT: '5', IMAGE_RECEIVER_DECODE: 'no' },
      });
      await using _stop = receiver;
      using client = await RawClient.open(port);
      for (let i = 0; i < 5; i++) await client.send(good);
      assert.equal((await receiver.wait(soonMs)).code, 0);
      assert.equal(readJsonLines(receiver).length, 5);
    });

    for (const [variable, text, fault] of [
      ['IMAGE_RECEIVER_JSON', 'maybe', 'as it must be '],
      ['IMAGE_RECEIVER_JSN', '1', 'as it names no option: did you mean IMAGE_RECEIVER_JSON\\?'],
    ] as const) {
      test(`image-receiver ends with 2 and names the variable when ${variable} is '${text}'`, async () => {
        await using receiver = startProgram(ends.receiver, 'image-receiver', [], { env: { [variable]: text } });
        assert.equal((await receiver.wait(soonMs)).code, 2);
        assert.match(receiver.lines('stderr').join('\n'), new RegExp(`Cannot use the variable ${variable} ${fault}`));
      });
    }

    test('image-receiver ends with 0 when its duration is over', async () => {
      const { receiver } = await startReceiver(ends.receiver, ['--duration', '300ms']);
      await using _stop = receiver;
      assert.equal((await receiver.wait(soonMs)).code, 0);
    });

    for (const [program, runtime] of Object.entries(runtimes) as [ProgramName, Runtime][]) {
      test(`${program} prints help with examples and its version when asked`, async () => {
        await using help = startProgram(runtime, program, ['--help']);
        assert.equal((await help.wait(soonMs)).code, 0);
        assert.match(help.lines('stdout').join('\n'), /Examples:/);
        await using version = startProgram(runtime, program, ['--version']);
        assert.equal((await version.wait(soonMs)).code, 0);
        assert.match(version.lines('stdout')[0] ?? '', new RegExp(`^${program} \\d+\\.\\d+\\.\\d+$`));
        assert.match(version.lines('stdout')[1] ?? '', /^commit ./);
      });
    }
  });
}

function defineGivingUp(ends: Ends): void {
  test('image-sender gives up when what it reaches closes each connection at once', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const { port } = server.address() as { port: number };
      await using sender = startProgram(ends.sender, 'image-sender', [
        'pattern',
        '--port',
        `${port}`,
        '--retries',
        '2',
      ]);
      assert.equal((await sender.wait(soonMs)).code, 4);
      assert.match(
        sender.lines('stderr').join('\n'),
        /soon after it was made; gave up after 2 tries in a row\. Is it image-receiver\?/,
      );
    } finally {
      server.close();
    }
  });

  test('image-sender says so and gives up when what it reaches speaks another protocol', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).write('SSH-2.0-OpenSSH_9.2\r\n'));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const { port } = server.address() as { port: number };
      const args = ['pattern', '--port', `${port}`, '--retries', '2'];
      await using sender = startProgram(ends.sender, 'image-sender', args);
      assert.equal((await sender.wait(soonMs)).code, 4);
      assert.match(
        sender.lines('stderr').join('\n'),
        /SSH answers, and it is no image-receiver\. Check --host and --port: .* \(try 1 of 2\)/,
      );
    } finally {
      server.close();
    }
  });
}
