import assert from 'node:assert/strict';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { askInTime } from '../../src/doctor/answer.ts';
import { askClock, checkClock } from '../../src/doctor/clock.ts';
import { askModel } from '../../src/doctor/model.ts';
import { askPower, checkPower } from '../../src/doctor/power.ts';
import { askRights, checkRights } from '../../src/doctor/rights.ts';
import { type FakeMachine, makeFakeMachine, piFiles } from './fake-machine.ts';

const never = new AbortController().signal;

async function ask<T>(
  fake: FakeMachine,
  question: (machine: Awaited<ReturnType<typeof makeFakeMachine>>['machine']) => Promise<T>,
): Promise<T> {
  await using made = await makeFakeMachine(fake);
  return await question(made.machine);
}

function isRunning(pid: number): Promise<boolean> {
  return access(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}

describe('answer', () => {
  test('is the value, or why there is none, and never an error', async () => {
    assert.deepEqual(await askInTime(() => 7, 1000, never), { value: 7 });
    assert.deepEqual(await askInTime(async () => 7, 1000, never), { value: 7 });
    const fail = () => {
      throw new Error('no');
    };
    assert.deepEqual(await askInTime(fail, 1000, never), { reason: 'no' });
    assert.deepEqual(await askInTime(async () => fail(), 1000, never), { reason: 'no' });
    assert.deepEqual(await askInTime(() => Promise.reject('no'), 1000, never), { reason: 'no' });
  });

  test('is not waited for beyond its time, nor after a stop, and its signal aborts', async () => {
    const told: boolean[] = [];
    const hang = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => told.push(true));
      return new Promise<never>(() => undefined);
    };
    assert.deepEqual(await askInTime(hang, 20, never), { reason: 'no answer within 0.02 s' });
    assert.deepEqual(await askInTime(hang, 10_000, AbortSignal.abort()), { reason: 'stopped' });
    const stop = new AbortController();
    const pending = askInTime(hang, 10_000, stop.signal);
    stop.abort();
    assert.deepEqual(await pending, { reason: 'stopped' });
    assert.equal(told.length, 3);
  });
});

describe('command', () => {
  test('is ended when nobody waits for it any more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'image-socket-doctor-'));
    try {
      const pidFile = join(folder, 'pid');
      await ask(
        { programs: { slow: `trap '' TERM; echo $$ > "$1"; while :; do /bin/sleep 1; done` } },
        async (machine) => {
          const stop = new AbortController();
          const result = machine.run('slow', [pidFile], stop.signal);
          let pid = '';
          while (!pid.endsWith('\n')) pid = await readFile(pidFile, 'utf8').catch(() => '');
          stop.abort();
          assert.deepEqual(await result, { isGood: false, output: '' });
          while (await isRunning(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 5));
        },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('gives its output, whether it was good, and no more than there is room for', async () => {
    const programs = {
      good: 'echo $1-$2; echo noise >&2',
      bad: 'echo some; exit 3',
      endless: 'exec /bin/cat /dev/zero',
    };
    await ask({ programs }, async (machine) => {
      assert.deepEqual(await machine.run('good', ['a b', '$c'], never), { isGood: true, output: 'a b-$c\n' });
      assert.deepEqual(await machine.run('bad', [], never), { isGood: false, output: 'some\n' });
      const endless = await machine.run('endless', [], never);
      assert.equal(endless?.isGood, false);
      assert.ok(endless !== undefined && endless.output.length === 64 * 1024);
      assert.equal(await machine.run('none', [], never), undefined);
    });
  });
});

describe('model', () => {
  const models: [name: string, isPi: boolean, hasClockBattery: boolean][] = [
    ['Raspberry Pi 4 Model B Rev 1.4', true, false],
    ['Raspberry Pi Zero 2 W Rev 1.0', true, false],
    ['Raspberry Pi Compute Module 4 Rev 1.0', true, false],
    ['Raspberry Pi 5 Model B Rev 1.0', true, true],
    ['Raspberry Pi 500 Rev 1.0', true, true],
    ['Raspberry Pi Compute Module 5 Rev 1.0', true, true],
    ['Pine64 Rock64', false, true],
  ];
  for (const [name, isPi, hasClockBattery] of models) {
    test(`says what a ${name} has`, async () => {
      const model = await ask({ files: { '/proc/device-tree/model': `${name}\0` } }, askModel);
      assert.deepEqual(model, { name, system: undefined, isPi, hasClockBattery });
    });
  }
});

describe('clock', () => {
  const file = { '/run/systemd/timesync/synchronized': '' };
  const cases: [what: string, fake: FakeMachine, wanted: boolean | undefined][] = [
    [
      'timedatectl says yes',
      { programs: { timedatectl: 'test "$*" = "show -p NTPSynchronized --value" && echo yes' } },
      true,
    ],
    ['timedatectl says no', { programs: { timedatectl: 'echo no' }, files: file }, false],
    ['timedatectl fails and systemd has left its file', { programs: { timedatectl: 'exit 1' }, files: file }, true],
    ['there is the file alone', { files: file }, true],
    ['systemd-timesyncd runs and has no time yet', { files: { '/run/systemd/timesync/other': '' } }, false],
    ['timedatectl talks nonsense', { programs: { timedatectl: 'echo perhaps' } }, undefined],
    ['there is nothing', {}, undefined],
  ];
  for (const [what, fake, wanted] of cases) {
    test(`is ${wanted === undefined ? 'unknown' : wanted ? 'good' : 'wrong'} when ${what}`, async () => {
      assert.equal(await ask(fake, (machine) => askClock(machine, never)), wanted);
    });
  }

  test('is excused when a Pi has no battery for it', () => {
    assert.match(checkClock(false, false).detail, /no clock battery; latency is right all the same$/);
    assert.doesNotMatch(checkClock(false, true).detail, /battery/);
  });
});

describe('power', () => {
  const cases: [script: string, detail: RegExp | undefined][] = [
    ['echo throttled=0x0', /^enough voltage/],
    ['echo throttled=0x1', /^too little voltage now/],
    ['echo throttled=0x50005', /^too little voltage now/],
    ['echo throttled=0x50000', /^too little voltage since the start/],
    ['echo throttled=0x80008', /^the Pi is too hot/],
    ['echo throttled=0x80000', /^the Pi was too hot since the start/],
    ['echo throttled=0x20002', /^the Pi slows down/],
    ['echo throttled=0xffffffff', /^too little voltage now/],
    ['echo throttled=0xfffffffff', undefined],
    ['echo VCHI initialization failed; exit 255', undefined],
    ['echo throttled=0x0; exit 1', undefined],
  ];
  for (const [script, detail] of cases) {
    test(`is judged when vcgencmd does: ${script}`, async () => {
      const bits = await ask({ programs: { vcgencmd: script } }, (machine) => askPower(machine, never));
      const check = checkPower(bits);
      if (detail === undefined) assert.equal(check, undefined);
      else assert.match(check?.detail ?? '', detail);
    });
  }

  test('is missing when there is no vcgencmd', async () => {
    assert.equal(await ask({}, (machine) => askPower(machine, never)), undefined);
  });
});

describe('rights', () => {
  const user = piFiles['/proc/self/status'];
  const root = 'Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n';
  const video = '/dev/video0';
  const cases: [what: string, fake: FakeMachine, state: string, detail: RegExp, fix: string | undefined][] = [
    ['root may open all', { files: { ...piFiles, '/proc/self/status': root } }, 'ok', /^root/, undefined],
    [
      'root may not open one, as in a container',
      { files: { ...piFiles, '/proc/self/status': root, '/etc/group': 'video:x:44:root\n' }, closed: [video] },
      'warning',
      /^\/dev\/video0 cannot be opened, although this is root/,
      undefined,
    ],
    ['all are open', { files: piFiles }, 'ok', /^every/, undefined],
    [
      'none is there and the user is in the group by its number',
      { files: { '/etc/group': 'video:x:44:\n', '/proc/self/status': 'Gid:\t1\t44\t1\t1\nGroups:\t\n' } },
      'ok',
      /^in the group video/,
      undefined,
    ],
    [
      'none is there and the user is in a group whose number only begins like it',
      { files: { '/etc/group': 'video:x:44:pip\n', '/proc/self/status': 'Groups:\t440 4\n' } },
      'warning',
      /not in the group video/,
      'sudo usermod -aG video pi',
    ],
    [
      'some are closed to members of the group',
      {
        files: { ...piFiles, '/proc/self/status': `${user}Groups:\t44\n`.replace(/Groups:\t100.*\n/, '') },
        closed: [video],
      },
      'warning',
      /although this user is in the group video$/,
      undefined,
    ],
    [
      'the user has no name',
      { files: piFiles, closed: [video, '/dev/video11'], changes: { userName: undefined } },
      'warning',
      /^\/dev\/video0 and 1 more/,
      'sudo usermod -aG video $USER',
    ],
    ['nothing can be read', {}, 'warning', /not in the group/, 'sudo usermod -aG video pi'],
  ];
  for (const [what, fake, state, detail, fix] of cases) {
    test(`are judged when ${what}`, async () => {
      const check = checkRights(await ask(fake, askRights), false);
      assert.equal(check.state, state);
      assert.match(check.detail, detail);
      assert.equal(check.fix?.command, fix);
    });
  }
});
