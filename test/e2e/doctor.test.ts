import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeTlsIdentity } from '../support/certificate.ts';
import { Child } from '../support/child.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { NatsServer } from '../support/nats-server.ts';
import { isRunning } from '../support/process-status.ts';
import { programCommand, type Runtime, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

interface FoundReport {
  canSend: boolean;
  problem: string | null;
  camera: { source: string; id: string; name: string } | null;
  summary: string;
  next: { command: string; on: string | null };
  checks: { name: string; state: string; detail: string; fix: { command: string; on: string | null } | null }[];
}

const cameraList = `Available cameras
-----------------
0 : imx708 [4608x2592 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]
`;

/** A search path with a camera module on it, and nothing else but what a shell script needs. */
async function makeCsiCamera(): Promise<AsyncDisposable & { path: string }> {
  const folder = await makeFolder();
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  await writeFile(join(folder.path, 'list'), cameraList);
  await writeFile(join(folder.path, 'jpeg'), tinyJpeg(480, 316));
  const script = `#!/bin/sh
case "$*" in
  *--list-cameras*) exec /bin/cat '${folder.path}/list' ;;
esac
while :; do /bin/cat '${folder.path}/jpeg' || exit; /bin/sleep 0.05; done
`;
  for (const name of ['rpicam-vid']) {
    await writeFile(join(bin, name), script);
    await chmod(join(bin, name), 0o755);
  }
  return { path: bin, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function examine(runtime: Runtime, args: readonly string[], path: string): Child {
  return startProgram(runtime, 'image-sender', ['doctor', ...args], { env: { PATH: path } });
}

async function readReport(doctor: Child, code: number): Promise<FoundReport> {
  const ending = await doctor.wait(soonMs);
  const said = [...doctor.lines('stdout'), ...doctor.lines('stderr')].join('\n');
  assert.deepEqual(ending, { code, signal: null }, said);
  assert.equal(doctor.lines('stdout').length, 1, said);
  return JSON.parse(doctor.lines('stdout')[0] ?? '');
}

const stateOf = ({ checks }: FoundReport, name: string) => checks.find((check) => check.name === name)?.state;

for (const runtime of ['node', 'deno', 'packaged'] as const) {
  describe(`image-sender doctor, ${runtime}`, () => {
    test('ends with 3 and one plain screen when there is no camera and nothing on the search path', async () => {
      for (const path of ['', '/nowhere']) {
        await using doctor = examine(runtime, [], path);
        assert.deepEqual(await doctor.wait(soonMs), { code: 3, signal: null });
        const lines = doctor.lines('stdout');
        assert.ok(lines.length <= 24, lines.join('\n'));
        assert.ok(
          // Commands stand in one piece.
          lines.every((line) => (line.length <= 100 || / -> /.test(line)) && !line.includes('\u001b')),
          lines.join('\n'),
        );
        assert.match(lines.join('\n'), /^ok +machine[\s\S]*^missing +camera[\s\S]*No camera can be sent yet/m);
        assert.match(lines.at(-1) ?? '', /^ {4}\S.* (doctor|pattern( --host ADDRESS)?)$/);
      }
    });

    test('ends with 0, and names a command that sends the pictures, when a camera module and a receiver are there', async () => {
      await using camera = await makeCsiCamera();
      await using saved = await makeFolder();
      const { receiver, port } = await startReceiver('node', ['--save', saved.path, '--quiet']);
      await using _receiver = receiver;
      const args = ['--json', '--host', '127.0.0.1', '--port', `${port}`];
      await using doctor = examine(runtime, args, camera.path);
      const report = await readReport(doctor, 0);
      assert.equal(report.canSend, true);
      assert.deepEqual(report.camera, { source: 'rpicam', id: '0', name: 'imx708' });
      assert.equal(stateOf(report, 'receiver'), 'ok');
      assert.equal(stateOf(report, 'rpicam'), 'ok');
      await receiver.waitForLine('stderr', /doctor .*left without a frame/, soonMs);
      assert.deepEqual(await readdir(saved.path), []);
      assert.match(report.next.command, new RegExp(` rpicam --host 127\\.0\\.0\\.1 --port ${port}$`));
      const command = `exec ${report.next.command} --count 3`;
      await using sender = new Child('/bin/sh', ['-c', command], { env: { PATH: camera.path } });
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      await receiver.waitForLine('stderr', /left after 3 frames/, soonMs);
    });

    test('looks at the receiver of this machine when only its port is given', async () => {
      await using camera = await makeCsiCamera();
      await using doctor = examine(runtime, ['--json', '--port', '1', '--name', 'garden'], camera.path);
      const report = await readReport(doctor, 4);
      assert.deepEqual(report.next, { command: 'image-receiver --host localhost --port 1', on: null });
    });

    test('ends with 4 and says what to start when the camera is there and the receiver is not', async () => {
      await using camera = await makeCsiCamera();
      await using doctor = examine(runtime, ['--json', '--host', '127.0.0.1', '--port', '1'], camera.path);
      const report = await readReport(doctor, 4);
      assert.equal(report.problem, 'receiver');
      assert.equal(stateOf(report, 'receiver'), 'missing');
      assert.deepEqual(report.next, { command: 'image-receiver --host 127.0.0.1 --port 1', on: null });
    });

    test('names a command that publishes the pictures when a NATS server is there, and ends with 4 when it is gone', async () => {
      await using camera = await makeCsiCamera();
      await using server = await NatsServer.start({ users: [{ user: 'pi', password: 'secret' }] });
      await using folder = await makeFolder();
      const login = join(folder.path, 'a login');
      await writeFile(login, 'pi:secret', { mode: 0o600 });
      const where = ['--json', '--publish', server.url, '--name', 'garden'];
      await using withoutLogin = examine(runtime, where, camera.path);
      const rejected = await readReport(withoutLogin, 4);
      assert.equal(rejected.problem, 'NATS');
      assert.match(rejected.next.command, / doctor --publish \S+ --name garden --nats-login login\.txt$/);
      await using doctor = examine(runtime, [...where, '--nats-login', login], camera.path);
      const report = await readReport(doctor, 0);
      assert.equal(stateOf(report, 'NATS'), 'ok');
      const command = `exec ${report.next.command} --count 3`;
      await using sender = new Child('/bin/sh', ['-c', command], { env: { PATH: camera.path } });
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
      await server.stop();
      await using late = examine(runtime, [...where, '--nats-login', login], camera.path);
      assert.equal((await readReport(late, 4)).next.command, `nats-server -js -a 127.0.0.1 -p ${server.port}`);
    });

    test('knows TLS and the token as a sender does', async () => {
      await using camera = await makeCsiCamera();
      await using identity = await makeTlsIdentity();
      await using folder = await makeFolder();
      const tokenFile = join(folder.path, 'a token');
      await writeFile(tokenFile, 'correct horse battery', { mode: 0o600 });
      const tls = ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath, '--token-file', tokenFile];
      const { receiver, port } = await startReceiver('node', [...tls, '--quiet']);
      await using _receiver = receiver;
      const where = ['--json', '--host', 'localhost', '--port', `${port}`];
      await using plain = examine(runtime, where, camera.path);
      const rejected = await readReport(plain, 4);
      assert.match(rejected.checks.at(-1)?.detail ?? '', /requires TLS/);
      const trust = ['--tls-pin', identity.pin, '--token-file', tokenFile];
      await using secured = examine(runtime, [...where, ...trust], camera.path);
      const report = await readReport(secured, 0);
      assert.match(report.checks.at(-1)?.detail ?? '', /over TLS, has the right certificate and accepts the token/);
      const command = `exec ${report.next.command} --count 2`;
      await using sender = new Child('/bin/sh', ['-c', command], { env: { PATH: camera.path } });
      assert.equal((await sender.wait(soonMs)).code, 0, sender.lines('stderr').join('\n'));
    });
  });
}

test('the fingerprint that a mistaken pin leads to is printed by the advised command', async () => {
  await using camera = await makeCsiCamera();
  await using state = await makeFolder();
  const env = { XDG_STATE_HOME: state.path };
  const { receiver, port } = await startReceiver('node', ['--tls', '--quiet'], { env });
  await using _receiver = receiver;
  const where = ['--json', '--host', 'localhost', '--port', `${port}`, '--tls-pin', `sha256:${'0'.repeat(64)}`];
  await using doctor = examine('node', where, camera.path);
  const { next } = await readReport(doctor, 4);
  const [program = '', ...args] = next.command.split(' ');
  assert.equal(program, 'image-receiver');
  await using advised = startProgram('node', 'image-receiver', args, { env });
  assert.equal((await advised.wait(soonMs)).code, 0);
  const [, pin = ''] = /--tls-pin (\S+)/.exec(advised.lines('stderr').join('\n')) ?? [];
  await using again = examine('node', [...where.slice(0, -1), pin], camera.path);
  assert.equal((await readReport(again, 0)).canSend, true);
});

test('the report is coloured on a terminal alone', async () => {
  const command = [...programCommand('node', 'image-sender'), 'doctor'].map((word) => `'${word}'`).join(' ');
  await using doctor = new Child('script', ['-qfec', `stty cols 60 rows 24; exec ${command}`, '/dev/null'], {
    env: { NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined, TERM: 'xterm' },
  });
  await doctor.wait(soonMs);
  const lines = doctor.lines('stdout');
  assert.ok(
    lines.some((line) => line.startsWith('\u001b[32mok ')),
    lines.join('\n'),
  );
});

/** A search path of programs that hang, and the file with their process ids. */
async function makeHangingPrograms(): Promise<AsyncDisposable & { path: string; pids(): Promise<number[]> }> {
  const folder = await makeFolder();
  for (const name of ['rpicam-vid', 'timedatectl', 'vcgencmd']) {
    const path = join(folder.path, name);
    await writeFile(
      path,
      `#!/bin/sh\necho $$ >> '${folder.path}/pids'\ntrap '' TERM INT\nwhile :; do /bin/sleep 1; done\n`,
    );
    await chmod(path, 0o755);
  }
  return {
    path: folder.path,
    async pids() {
      const text = await readFile(join(folder.path, 'pids'), 'utf8').catch(() => '');
      return text.split('\n').slice(0, -1).map(Number);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

for (const how of ['its time is over', 'it is interrupted'] as const) {
  test(`it reports what it knows and leaves no program behind when all that it asks hang and ${how}`, async () => {
    await using programs = await makeHangingPrograms();
    await using doctor = examine('node', ['--json'], programs.path);
    let pids: number[] = [];
    await until(async () => {
      pids = await programs.pids();
      return pids.length >= 3;
    }, 'three programs that hang');
    if (how === 'it is interrupted') doctor.signal('SIGINT');
    const report = await readReport(doctor, how === 'it is interrupted' ? 0 : 3);
    assert.equal(stateOf(report, 'clock'), 'unknown');
    assert.equal(stateOf(report, 'machine'), 'ok');
    // One that was killed is still there for a moment.
    for (const pid of pids) await until(async () => !(await isRunning(pid)), `the end of ${pid}`);
  });
}

test('an option that means nothing to it is an error', async () => {
  await using doctor = startProgram('node', 'image-sender', ['doctor', '--no-such-option']);
  assert.equal((await doctor.wait(soonMs)).code, 2);
});
