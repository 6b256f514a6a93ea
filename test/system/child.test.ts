import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { describe, test } from 'node:test';
import { pause } from '../../src/system/abort.ts';
import { Child } from '../../src/system/child.ts';
import { Child as Program } from '../support/child.ts';
import { isRunning } from '../support/process-status.ts';
import { scaleMs } from '../support/speed.ts';

const soonMs = scaleMs(20_000);

function run(script: string, killAfterMs?: number): Promise<Child> {
  return Child.start('/bin/sh', ['-c', script], { environment: { PATH: '/usr/bin:/bin' }, killAfterMs });
}

async function read(child: Child): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of child.output()) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

describe('Child', () => {
  test('gives the whole output, the ending and the last words when a program ends by itself', async () => {
    const child = await run('echo one; echo said >&2; echo two; exit 7');
    assert.equal(await read(child), 'one\ntwo\n');
    assert.deepEqual(await child.ended(soonMs), { isGood: false, how: 'ended with status 7' });
    assert.equal(child.lastWords, 'said');
    await child.stop();
  });

  test('gets no variable that is for this program alone unless it needs it', async () => {
    const environment = { PATH: '/usr/bin:/bin', NOTIFY_SOCKET: '/run/x', IMAGE_RECEIVER_PUBLISH: 'nats://a:b@c' };
    const print = ['-c', 'echo "$NOTIFY_SOCKET $IMAGE_RECEIVER_PUBLISH"'];
    const child = await Child.start('/bin/sh', print, { environment });
    assert.equal(await read(child), ' \n');
    const notifier = await Child.start('/bin/sh', print, { environment, keepsOwnVariables: true });
    assert.equal(await read(notifier), '/run/x nats://a:b@c\n');
    await Promise.all([child.stop(), notifier.stop()]);
  });

  test('names the signal when one ended the program', async () => {
    const child = await run('kill -SEGV $$');
    assert.equal(await read(child), '');
    assert.deepEqual(await child.ended(soonMs), { isGood: false, how: 'was ended by SIGSEGV' });
  });

  test('gives nothing to read to a program that reads', async () => {
    const child = await run('cat; echo done');
    assert.equal(await read(child), 'done\n');
  });

  test('has only the environment that it is given', async () => {
    const child = await Child.start('/usr/bin/env', [], { environment: { ONE: '1' } });
    assert.equal(await read(child), 'ONE=1\n');
  });

  test('fails with the reason of the system when there is no such program, or it is none', async () => {
    const environment = { PATH: '/bin' };
    await assert.rejects(Child.start('/nowhere/program', [], { environment }), { code: 'ENOENT' });
    await assert.rejects(Child.start('/etc/passwd', [], { environment }), { code: 'EACCES' });
    await assert.rejects(Child.start('/bin/echo', ['a\0b'], { environment }), { code: 'ERR_INVALID_ARG_VALUE' });
  });

  test('says that the program goes on when it has closed its output, and ends it', async () => {
    const child = await run('echo $$; exec >&-; exec sleep 60');
    const pid = Number(await read(child));
    assert.equal(await child.ended(10), undefined);
    await child.stop();
    assert.equal(await isRunning(pid), false);
  });

  test('leaves nothing behind of what the program started itself when it is stopped', async () => {
    const child = await run('sleep 300 & echo $!; wait');
    const output = child.output();
    const { value } = await output.next();
    const pid = Number(Buffer.from(value as Uint8Array).toString());
    assert.ok(await isRunning(pid));
    await child.stop();
    for (let i = 0; (await isRunning(pid)) && i < 100; i++) await pause(50, new AbortController().signal);
    assert.ok(!(await isRunning(pid)));
  });

  test('kills a program that takes no notice of SIGTERM, and its output ends', async () => {
    const child = await run("trap '' TERM; echo $$; while :; do sleep 0.05; done", 50);
    const output = child.output();
    const pid = Number(Buffer.from((await output.next()).value ?? []).toString());
    const stopped = child.stop();
    assert.equal(child.stop(), stopped);
    await stopped;
    assert.equal(await isRunning(pid), false);
    assert.equal((await output.next()).done, true);
    assert.deepEqual(await child.ended(soonMs), { isGood: false, how: 'was ended by SIGKILL' });
  });

  test('ends the output when the program is gone and something else holds its pipe', async () => {
    const child = await run('echo one; sleep 30 & exit 0');
    assert.equal(await read(child), 'one\n');
    assert.deepEqual(await child.ended(soonMs), { isGood: true, how: 'ended with status 0' });
  });

  test('keeps the output from before the end for a reader that is late', async () => {
    const bytes = 150_000;
    const child = await run(`head -c ${bytes} /dev/zero; sleep 30 & exit 0`);
    const output = child.output();
    let read = (await output.next()).value?.length ?? 0;
    // Longer than an idle pipe is kept.
    await pause(2500, new AbortController().signal);
    for await (const chunk of output) read += chunk.length;
    assert.equal(read, bytes);
  });

  test('lets the program wait when nobody reads, so that nothing piles up', async () => {
    const child = await run('yes');
    const before = process.memoryUsage().rss;
    // Time for a program that is not made to wait to fill the memory.
    await pause(1000, new AbortController().signal);
    assert.ok(process.memoryUsage().rss - before < 64 * 2 ** 20);
    await child.stop();
  });

  test('does not grow when a program floods its standard error', async () => {
    const before = process.memoryUsage().rss;
    const child = await run('yes "a line that says nothing" | head -c 200000000 >&2; echo last >&2');
    await read(child);
    assert.deepEqual(await child.ended(soonMs), { isGood: true, how: 'ended with status 0' });
    assert.equal(child.lastWords, 'a line that says nothing | a line that says nothing | last');
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 100 * 2 ** 20, `${grown} bytes more`);
  });

  for (const [how, end] of [
    ['process.exit', 'process.exit(0)'],
    ['an uncaught error', 'setTimeout(() => { throw new Error("x"); })'],
  ] as const) {
    test(`does not outlive its program when that ends with ${how}`, async () => {
      const { href } = new URL('../../src/system/child.ts', import.meta.url);
      const script = `
        const { Child } = await import('${href}');
        const child = await Child.start('/bin/sh', ['-c', "trap '' TERM; echo $$; while :; do sleep 0.05; done"], { environment: {} });
        const { value } = await child.output().next();
        process.stdout.write(value, () => { ${end} });`;
      await using program = new Program(process.execPath, ['--input-type=module', '-e', script]);
      const [, pid] = await program.waitForLine('stdout', /^(\d+)$/, soonMs);
      await program.wait(soonMs);
      while (await isRunning(Number(pid))) await pause(10, new AbortController().signal);
    });
  }
});
