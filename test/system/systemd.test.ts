import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { ServiceNotifier } from '../../src/system/systemd.ts';
import { test } from '../support/at-once.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { LineLog, silentLog } from '../support/trial-log.ts';

const PATH = process.env['PATH'];
/** Microseconds: three looks in this. */
const WATCHDOG_USEC = '300000';

function open(environment: NodeJS.ProcessEnv, log = new LineLog()): ServiceNotifier {
  const notifier = ServiceNotifier.fromEnvironment({ PATH, ...environment }, log);
  assert.ok(notifier !== undefined);
  return notifier;
}

test('no notifier is made when no systemd wants to know', () => {
  for (const environment of [{}, { NOTIFY_SOCKET: '' }, { WATCHDOG_USEC }]) {
    assert.equal(ServiceNotifier.fromEnvironment(environment, new LineLog()), undefined);
  }
});

test('systemd hears when a service is ready', async () => {
  await using socket = await NotifySocket.open();
  const notifier = open({ NOTIFY_SOCKET: socket.path });
  notifier.ready();
  assert.deepEqual(await socket.next('READY'), { READY: '1' });
});

test('the watchdog gets three times as long as a frame may take, and no less than the unit says', async () => {
  for (const [intervalMs, told] of [
    [20_000, { READY: '1', WATCHDOG_USEC: '60000000' }],
    [5000, { READY: '1' }],
  ] as const) {
    await using socket = await NotifySocket.open();
    const environment = { PATH, NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '30000000' };
    ServiceNotifier.fromEnvironment(environment, new LineLog(), intervalMs)?.ready();
    assert.deepEqual(await socket.next('READY'), told);
  }
});

test('the watchdog is fed while frames flow, and only then', async () => {
  await using socket = await NotifySocket.open();
  const notifier = open({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC, WATCHDOG_PID: `${process.pid}` });
  const stop = new AbortController();
  let isFlowing = true;
  let looks = 0;
  notifier.watch(() => ({ isFlowing, status: `look ${++looks}, ${isFlowing}` }), stop.signal);
  for (let i = 0; i < 3; i++) assert.equal((await socket.next('WATCHDOG'))['WATCHDOG'], '1');
  isFlowing = false;
  for (let i = 0; i < 5; i++) await socket.next('STATUS');
  isFlowing = true;
  await socket.next('WATCHDOG');
  stop.abort();
  const told = socket.words.filter((word) => 'STATUS' in word);
  for (const word of told) assert.equal('WATCHDOG' in word, `${word['STATUS']}`.endsWith('true'), JSON.stringify(word));
  const looksAtTheEnd = looks;
  // Longer than the time between two looks.
  await delay(400);
  assert.equal(looks, looksAtTheEnd);
});

test('no watchdog is fed when it is that of another process, or none', async () => {
  for (const environment of [
    { WATCHDOG_USEC, WATCHDOG_PID: `${process.pid + 1}` },
    { WATCHDOG_USEC: '0' },
    { WATCHDOG_USEC: '-5' },
    { WATCHDOG_USEC: 'x' },
  ]) {
    await using socket = await NotifySocket.open();
    const notifier = open({ NOTIFY_SOCKET: socket.path, ...environment });
    notifier.watch(() => ({ isFlowing: true, status: '' }), AbortSignal.timeout(300));
    // As long as a watchdog's time; nothing tells that nothing is told.
    await delay(300);
    notifier.ready();
    await socket.next('READY');
    assert.deepEqual(socket.words, [{ READY: '1' }]);
  }
});

test('messages that come up while systemd is being told go out together, by one child at a time', async () => {
  await using socket = await NotifySocket.open(1);
  const notifier = open({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC });
  const stop = new AbortController();
  let looks = 0;
  notifier.watch(() => ({ isFlowing: true, status: `look ${++looks}` }), stop.signal);
  await socket.next('STATUS');
  notifier.ready();
  const { READY, WATCHDOG } = await socket.next('READY');
  assert.deepEqual([READY, WATCHDOG], ['1', '1']);
  await socket.next('STATUS');
  stop.abort();
  assert.ok(socket.words.length < looks, `${socket.words.length} words for ${looks} looks`);
  assert.ok(socket.words.every((word) => !('overlap' in word)));
});

test('a status says nothing but itself, whatever is in it', async () => {
  await using socket = await NotifySocket.open();
  const notifier = open({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC });
  const stop = new AbortController();
  notifier.watch(() => ({ isFlowing: false, status: '1 frame\nMAINPID=1\r\u0085\0=x' }), stop.signal);
  assert.deepEqual(await socket.next('STATUS'), { STATUS: '1 frame MAINPID=1 =x' });
  stop.abort();
});

test('a status of any length is told, as far as it is of use', async () => {
  await using socket = await NotifySocket.open();
  const notifier = open({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC });
  const stop = new AbortController();
  notifier.watch(() => ({ isFlowing: true, status: 'sender '.repeat(1e5) }), stop.signal);
  assert.deepEqual(await socket.next('STATUS'), { STATUS: 'sender '.repeat(100).slice(0, 500), WATCHDOG: '1' });
  stop.abort();
});

test('a failure is told of once, and nothing else comes of it', async () => {
  for (const [environment, message] of [
    [
      { NOTIFY_SOCKET: '/nonexistent/socket' },
      /systemd-notify ended with status 1; it said: .*No such file or directory/,
    ],
    [{ NOTIFY_SOCKET: 'neither / nor @' }, /systemd-notify ended with status 1/],
    [
      { NOTIFY_SOCKET: '/nonexistent/socket', PATH: '/nonexistent' },
      /systemd-notify could not be started: there is no such file or folder \(ENOENT\)/,
    ],
  ] as const) {
    const log = new LineLog();
    const notifier = open({ WATCHDOG_USEC, ...environment }, log);
    const stop = new AbortController();
    let looks = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    notifier.ready();
    notifier.watch(() => {
      if (++looks > 4) resolve();
      return { isFlowing: true, status: 'good' };
    }, stop.signal);
    // The timer does not keep a program going.
    const waiting = setInterval(() => undefined, 1000);
    await promise;
    clearInterval(waiting);
    stop.abort();
    assert.equal(log.lines.length, 1, log.lines.join('\n'));
    assert.match(log.lines[0] ?? '', /^Cannot report to systemd/);
    assert.match(log.lines[0] ?? '', message);
  }
});

test('an end is put to a systemd-notify that hangs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-notify-'));
  try {
    const pidFile = join(folder, 'pid');
    await writeFile(join(folder, 'systemd-notify'), `#!/bin/sh\necho $$ >${pidFile}\nexec /bin/sleep 60\n`);
    await chmod(join(folder, 'systemd-notify'), 0o755);
    const { promise, resolve } = Promise.withResolvers<string>();
    const log = { ...silentLog, warn: resolve };
    const notifier = ServiceNotifier.fromEnvironment({ NOTIFY_SOCKET: '/x', PATH: folder }, log);
    notifier?.ready();
    assert.match(await promise, /systemd-notify did not end within 10 s/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
