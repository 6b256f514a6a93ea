import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MulticastWatch } from '../../scripts/test/multicast-watch.ts';
import { Avahi } from '../support/avahi.ts';
import { type Child, runChild } from '../support/child.ts';
import { type TrialMachine, TrialNetwork } from '../support/networks.ts';
import { type ProgramName, soonMs, startProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';

const options = { skip: process.getuid?.() === 0 ? false : 'only root can make networks', concurrency: 2 };
const on = { IMAGE_SOCKET_MULTICAST: 'on' };

/** Starts a program on that machine. */
function start(
  machine: TrialMachine,
  program: ProgramName,
  args: readonly string[],
  env: NodeJS.ProcessEnv = on,
): Child {
  return startProgram('node', program, args, { before: machine.before, env });
}

/** A receiver for all machines that has told where it listens. */
async function startReceiver(
  machine: TrialMachine,
  args: readonly string[] = [],
  env?: NodeJS.ProcessEnv,
): Promise<Child> {
  const receiver = start(machine, 'image-receiver', ['--host', '0.0.0.0', '--quiet', ...args], env);
  await receiver.waitForLine('stderr', /listening on/, soonMs);
  return receiver;
}

/** Bytes of memory. */
async function readRss(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const hostile = fileURLToPath(new URL('../support/hostile-mdns.ts', import.meta.url));
const send = ['pattern', '--size', '64x48', '--interval', '50'];

/** Waits until the machine finds that many receivers, and gives the list as `--find` prints it. */
async function listUntil(machine: TrialMachine, count: number): Promise<Record<string, unknown>[]> {
  let found: Record<string, unknown>[] = [];
  await until(async () => {
    await using program = start(machine, 'image-receiver', ['--find', '--json']);
    assert.equal((await program.wait(soonMs)).code, 0);
    found = JSON.parse(program.lines('stdout').join('')) as Record<string, unknown>[];
    return found.length === count;
  }, `${count} receivers to be found`);
  return found;
}

describe('a sender without --host', options, () => {
  test('finds the only receiver, and finds it again at another address', async () => {
    await using network = await TrialNetwork.open();
    const [pc, pi] = [await network.add('10.7.0.1'), await network.add('10.7.0.2')];
    await using receiver = await startReceiver(pc, ['--web', '0.0.0.0:8000', '--idle-timeout', '2s']);
    const [found] = await listUntil(pi, 1);
    assert.deepEqual(found?.['addresses'], ['10.7.0.1']);
    assert.deepEqual([found?.['port'], found?.['tls'], found?.['web']], [8080, false, 8000]);
    await using sender = start(pi, 'image-sender', [...send, '--wire', '2', '--idle-timeout', '2s', '--retries', '0']);
    await sender.waitForLine('stderr', /found the receiver .* at 10\.7\.0\.1:8080$/, soonMs);
    await sender.waitForLine('stderr', /connected to 10\.7\.0\.1:8080$/, soonMs);
    await receiver.waitForLine('stderr', /10\.7\.0\.2:\d+\) sends pictures/, soonMs);
    await pc.move('10.7.0.9');
    await sender.waitForLine('stderr', /found the receiver .* at 10\.7\.0\.9:8080$/, 3 * soonMs);
    await sender.waitForLine('stderr', /connected to 10\.7\.0\.9:8080$/, soonMs);
  });

  test('does so as a package too', async () => {
    await using network = await TrialNetwork.open();
    const [pc, pi] = [await network.add('10.7.0.1'), await network.add('10.7.0.2')];
    const run = (machine: TrialMachine, program: ProgramName, args: readonly string[]) =>
      startProgram('packaged', program, args, { before: machine.before, env: on });
    await using receiver = run(pc, 'image-receiver', ['--host', '0.0.0.0', '--quiet']);
    await receiver.waitForLine('stderr', /listening on/, soonMs);
    await listUntil(pi, 1);
    await using sender = run(pi, 'image-sender', [...send, '--count', '1']);
    assert.equal((await sender.wait(soonMs)).code, 0);
    assert.match(sender.lines('stderr').join('\n'), /connected to 10\.7\.0\.1:8080/);
  });

  test('is told what to type where there are several, and takes the one of its own machine without a look', async () => {
    await using network = await TrialNetwork.open();
    const [pc, other, pi] = [
      await network.add('10.7.0.1'),
      await network.add('10.7.0.2'),
      await network.add('10.7.0.3'),
    ];
    await using _one = await startReceiver(pc);
    await using _two = await startReceiver(other, ['--port', '9000']);
    const found = await listUntil(pi, 2);
    assert.deepEqual(found.map(({ addresses, port }) => `${addresses} ${port}`).sort(), [
      '10.7.0.1 8080',
      '10.7.0.2 9000',
    ]);
    await using sender = start(pi, 'image-sender', send);
    assert.equal((await sender.wait(soonMs)).code, 4);
    const last = sender.lines('stderr').find((line) => line.includes('SEVERAL_FOUND')) ?? '';
    assert.match(last, /2 receivers in this network: give .*--host 10\.7\.0\.1 for .*\[SEVERAL_FOUND\]$/);
    assert.match(last, /--host 10\.7\.0\.2 --port 9000 for /);
    await using near = start(pc, 'image-sender', [...send, '--count', '1']);
    assert.equal((await near.wait(soonMs)).code, 0);
    assert.match(near.lines('stderr').join('\n'), /connected to localhost:8080/);
  });

  test('does not trust what a network says about a certificate', async () => {
    await using network = await TrialNetwork.open();
    const [pc, other, pi] = [
      await network.add('10.7.0.1'),
      await network.add('10.7.0.2'),
      await network.add('10.7.0.3'),
    ];
    const receiver = start(pc, 'image-receiver', ['--host', '0.0.0.0', '--quiet', '--tls']);
    await using _receiver = receiver;
    const [, pin = ''] = await receiver.waitForLine('stderr', /--tls-pin (sha256:[0-9a-f]{64})/, soonMs);
    const [found] = await listUntil(pi, 1);
    assert.equal(`${found?.['pin']}`, pin.slice(7, 23));
    await using careless = start(pi, 'image-sender', send);
    assert.equal((await careless.wait(soonMs)).code, 4);
    assert.match(careless.lines('stderr').join('\n'), /accepts TLS only, .*Give --tls-pin .*\[UNTRUSTED\]/);
    // One that pretends is passed over by its fingerprint.
    await using _stranger = await startReceiver(other);
    await listUntil(pi, 2);
    await using sender = start(pi, 'image-sender', [...send, '--tls-pin', pin, '--count', '1']);
    assert.equal((await sender.wait(soonMs)).code, 0);
    assert.match(sender.lines('stderr').join('\n'), /connected to 10\.7\.0\.1:8080/);
  });

  test('fails as ever where there is none', async () => {
    await using network = await TrialNetwork.open();
    const pi = await network.add('10.7.0.3');
    await using sender = start(pi, 'image-sender', [...send, '--retries', '1']);
    assert.equal((await sender.wait(soonMs)).code, 4);
    assert.match(
      sender.lines('stderr').join('\n'),
      /Cannot connect to localhost:8080: nothing listens there .*\[CONNECT_FAILED\]/,
    );
  });
});

describe('packets to port 5353', options, () => {
  test('are sent by a receiver that announces itself alone', async () => {
    await using network = await TrialNetwork.open();
    const pc = await network.add('10.7.0.1');
    await using watch = await MulticastWatch.start(pc.before);
    assert.equal(watch.problem, undefined);
    for (const [args, env] of [
      [['--host', '0.0.0.0'], { IMAGE_SOCKET_MULTICAST: 'off' }],
      [['--host', '0.0.0.0', '--no-announce'], on],
      [['--host', 'localhost', '--web', '8000'], on],
    ] as const) {
      await using receiver = start(pc, 'image-receiver', [...args, '--duration', '1s'], env);
      assert.equal((await receiver.wait(soonMs)).code, 0);
      await using sender = start(pc, 'image-sender', [...send, '--retries', '1', '--no-find'], env);
      assert.equal((await sender.wait(soonMs)).code, 4);
    }
    assert.deepEqual(watch.interfaces, []);
    await using _receiver = await startReceiver(pc);
    await until(() => watch.interfaces.length > 0, 'an announcement');
  });
});

describe('avahi-daemon', options, () => {
  test('lists the receivers of its own machine and of another, with their texts, until they are gone', async () => {
    await using network = await TrialNetwork.open();
    const [pc, other, pi] = [
      await network.add('10.7.0.1'),
      await network.add('10.7.0.2'),
      await network.add('10.7.0.3'),
    ];
    await using avahi = await Avahi.start(other);
    await using far = await startReceiver(pc, ['--web', '0.0.0.0:8000']);
    await using near = await startReceiver(other, ['--port', '9000']);
    let lines: string[] = [];
    const listed = (count: number) => async () => {
      lines = await avahi.browse('_image-socket._tcp');
      return lines.length === count;
    };
    await until(listed(2), 'two receivers to be listed');
    const text = lines.sort().join('\n');
    assert.match(text, /;10\.7\.0\.1;8080;.*"web=8000" "tls=0" "v=2"|;10\.7\.0\.1;8080;.*"v=2" "tls=0" "web=8000"/);
    assert.match(text, /;10\.7\.0\.2;9000;/);
    assert.equal((await avahi.browse('_http._tcp')).length, 1);
    await listUntil(pi, 2);
    await far.stop();
    await near.stop();
    await until(listed(0), 'no receiver to be listed');
  });
});

describe('hostile packets', options, () => {
  test('change nothing: the receiver is found by the ones that it sends itself, and does not grow', async () => {
    await using network = await TrialNetwork.open();
    const [pc, pi, stranger] = [
      await network.add('10.7.0.1'),
      await network.add('10.7.0.2'),
      await network.add('10.7.0.3'),
    ];
    await using receiver = await startReceiver(pc);
    await using watch = await MulticastWatch.start(pc.before);
    const flood = async (packets: number) => {
      const [command = '', ...args] = [...stranger.before, process.execPath, hostile, `${packets}`];
      await runChild(command, args, 3 * soonMs);
    };
    // The first ones have the code compiled.
    await flood(1000);
    const [before, answers] = [await readRss(receiver.pid), watch.interfaces.length];
    await flood(1000);
    assert.ok((await readRss(receiver.pid)) - before < 20e6);
    // A quarter of the packets asked sixty times each.
    assert.ok(watch.interfaces.length - answers < 100);
    const [found] = await listUntil(pi, 1);
    assert.deepEqual(found?.['addresses'], ['10.7.0.1']);
  });
});
