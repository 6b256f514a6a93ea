import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Child } from '../support/child.ts';
import { MEDIA, mediaFile } from '../support/media.ts';
import { type ProgramName, programCommand, soonMs, startProgram, startReceiver } from '../support/programs.ts';

/** Starts a program on a terminal of its own, 120 columns wide; what the terminal gets comes as standard output. */
function startOnTerminal(program: ProgramName, args: readonly string[]): Child {
  const command = [...programCommand('node', program), ...args].map((word) => `'${word}'`).join(' ');
  return new Child('script', ['-qfec', `stty cols 120 rows 24; exec ${command}`, '/dev/null'], {
    // Node leaves colours out where it takes the machine for one that builds.
    env: { NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined, TERM: 'xterm' },
  });
}

test('the receiver keeps a line per sender with rate and latency below its other lines when it has a terminal', async () => {
  await using receiver = startOnTerminal('image-receiver', ['--port', '0', '--quiet']);
  const [, port] = await receiver.waitForLine('stdout', /listening on [^ ]*:(\d+)/, soonMs);
  const senders = [1, 2].map(() => startProgram('node', 'image-sender', ['pattern', '--port', `${port}`]));
  const live =
    /^.*127\.0\.0\.1:\d+\) {2}\d+ frames {2}\d+\.\d fps {2}[\d.]+ [kM]?B, latency p50 [\d.]+ ms p95 [\d.]+ ms p99 /;
  const first = await receiver.waitForLine('stdout', live, soonMs);
  const label = /127\.0\.0\.1:\d+/.exec(first[0])?.[0];
  for (;;) {
    const [line] = await receiver.waitForLine('stdout', live, soonMs);
    if (!line?.includes(`${label}`)) break;
  }
  for (const sender of senders) assert.equal((await sender.stop()).code, 0);
});

test('the sender shows a progress bar when a file is sent once and it has a terminal', async () => {
  const { receiver, port } = await startReceiver('node', ['--quiet']);
  await using _receiver = receiver;
  const args = ['video', await mediaFile('h264'), '--once', '--interval', '30', '--port', `${port}`];
  await using sender = startOnTerminal('image-sender', args);
  const bar = new RegExp(`\\[#+-+\\] +\\d+ % {2}\\d+/${MEDIA.h264.frames} `);
  await sender.waitForLine('stdout', bar, soonMs);
  await sender.waitForLine('stdout', /sent 50 frames/, soonMs);
  assert.equal((await sender.wait(soonMs)).code, 0);
});

test('a failure is red on a terminal and plain in a pipe', async () => {
  await using onTerminal = startOnTerminal('image-sender', ['video', '/nonexistent']);
  await onTerminal.wait(soonMs);
  assert.ok(onTerminal.lines('stdout').some((line) => line.includes('\u001b[31mCannot open video')));
  await using inPipe = startProgram('node', 'image-sender', ['video', '/nonexistent']);
  await inPipe.wait(soonMs);
  assert.ok(inPipe.lines('stderr').every((line) => !line.includes('\u001b')));
});
