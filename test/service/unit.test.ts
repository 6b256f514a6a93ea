import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { parseCommandLine } from '../../src/options/command-line.ts';
import type { CommandLine } from '../../src/options/commands.ts';
import type { Option } from '../../src/options/option.ts';
import { formatUnit, type ServiceRequest, type ServiceUnit } from '../../src/service/unit.ts';
import { scoreUnit, verifyUnit } from '../support/systemd.ts';

const folder = await mkdtemp(join(tmpdir(), 'image-socket 100% '));
after(() => rm(folder, { recursive: true }));

async function make(
  commandLine: CommandLine,
  words: readonly string[],
  overrides: Partial<ServiceRequest> = {},
): Promise<ServiceUnit> {
  const parsed = await parseCommandLine(commandLine, words);
  assert.ok(!('text' in parsed));
  const { program } = commandLine;
  const defaultValue = {
    cwd: '/home/pi',
    program: [`/opt/${program}/${program}`] as const,
    programFile: `/opt/${program}/${program}`,
    intervalMs: 95,
    endsByItself: false,
  };
  return formatUnit({ commandLine, ...parsed, ...defaultValue, ...overrides });
}

function send(words: readonly string[], overrides?: Partial<ServiceRequest>): Promise<ServiceUnit> {
  return make(senderCommandLine, words, overrides);
}

function receive(words: readonly string[], overrides?: Partial<ServiceRequest>): Promise<ServiceUnit> {
  return make(receiverCommandLine, words, overrides);
}

/** The values of a setting, in their order. */
function values({ text }: ServiceUnit, name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((match) => match[1] ?? '');
}

test('a unit runs the program with the options that it was asked for with', async () => {
  const unit = await send(['camera', '--host', 'my-pc.local', '--size', '1280x720', '--token-file', 'token', '--tls']);
  assert.deepEqual(values(unit, 'ExecStart'), [
    `/opt/image-sender/image-sender camera --host=my-pc.local --tls --token-file=\${CREDENTIALS_DIRECTORY}/token-file --size=1280x720`,
  ]);
  assert.deepEqual(values(unit, 'LoadCredential'), ['token-file:/home/pi/token']);
  assert.deepEqual(unit.warnings, []);
});

test('variables that are meant for other programs of Node do nothing to a service', async () => {
  const unset = values(await receive([]), 'UnsetEnvironment')
    .join(' ')
    .split(' ');
  for (const name of ['NODE_OPTIONS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_EXTRA_CA_CERTS', 'OPENSSL_CONF'])
    assert.ok(unset.includes(name));
});

test('a source is started through its runtime when it is no packaged program', async () => {
  const unit = await send(['pattern'], { program: ['/opt/node 24/node', '/opt/image-socket/src/image-sender.ts'] });
  assert.deepEqual(values(unit, 'ExecStart'), ['"/opt/node 24/node" /opt/image-socket/src/image-sender.ts pattern']);
});

describe('restart', () => {
  test('a service is started again for ever, also after a wrong addon, unless its options end it', async () => {
    assert.deepEqual(values(await send(['camera']), 'Restart'), ['always']);
    assert.deepEqual(values(await send(['camera', '--count', '5'], { endsByItself: true }), 'Restart'), ['on-failure']);
    for (const unit of [await send(['camera']), await receive([])]) {
      assert.deepEqual(values(unit, 'StartLimitIntervalSec'), ['0']);
      assert.deepEqual(values(unit, 'RestartPreventExitStatus'), ['2']);
    }
  });

  test('the watchdog outlasts two pauses between frames when these are long', async () => {
    for (const [intervalMs, seconds] of [
      [0, '30'],
      [95, '30'],
      [10_000, '30'],
      [60_000, '180'],
      [86_400_000, '259200'],
    ] as const) {
      assert.deepEqual(values(await send(['camera'], { intervalMs }), 'WatchdogSec'), [seconds]);
    }
  });
});

describe('devices', () => {
  test('a service sees video devices when its source is a USB camera', async () => {
    const unit = await send(['camera']);
    assert.deepEqual(values(unit, 'DeviceAllow'), ['char-video4linux rw']);
    assert.deepEqual(values(unit, 'SupplementaryGroups'), ['video']);
  });

  test('a service sees what libcamera needs too when its source is a camera module', async () => {
    const unit = await send(['rpicam']);
    assert.deepEqual(values(unit, 'DeviceAllow'), ['char-video4linux rw', 'char-media rw', 'char-dma_heap rw']);
    assert.deepEqual(values(unit, 'RestrictAddressFamilies'), ['AF_INET AF_INET6 AF_UNIX AF_NETLINK']);
  });

  test('a service sees no device when its source is none', async () => {
    for (const unit of [await send(['pattern']), await send(['video', '/srv/a.mp4']), await receive([])]) {
      assert.deepEqual(values(unit, 'PrivateDevices'), ['yes']);
      assert.deepEqual(values(unit, 'DeviceAllow').concat(values(unit, 'SupplementaryGroups')), []);
    }
  });
});

describe('files', () => {
  test('pictures in a home are shown to the service, and nothing else there', async () => {
    const unit = await send(['folder', 'my shots/*.jpg']);
    assert.deepEqual(values(unit, 'BindReadOnlyPaths'), ['"/home/pi/my shots"']);
    assert.deepEqual(values(unit, 'ProtectHome'), ['tmpfs']);
  });

  test('homes are hidden when nothing in them is asked for', async () => {
    const unit = await send(['video', '/srv/drive.mp4']);
    assert.deepEqual(values(unit, 'BindReadOnlyPaths'), []);
    assert.deepEqual(values(unit, 'ProtectHome'), ['yes']);
  });

  test('a warning says so when the program is a link into a home', async () => {
    const unit = await send(['pattern'], {
      program: ['/usr/local/bin/image-sender'],
      programFile: '/home/pi/image-sender-0.1.0/image-sender',
    });
    const said = '/home/pi/image-sender-0.1.0/image-sender is hidden from services: ';
    assert.deepEqual(
      unit.warnings.map((line) => line.slice(0, said.length)),
      [said],
    );
    assert.deepEqual(values(unit, 'ExecStart'), ['/usr/local/bin/image-sender pattern']);
  });

  test('a warning says so when the program is where a service sees nothing', async () => {
    const unit = await send(['pattern'], { program: ['/home/pi/node', '/root/image-sender.ts'] });
    const said = ['/home/pi/node', '/root/image-sender.ts'].map(
      (path) => `${path} is hidden from services: copy the program to /opt, and print the unit there`,
    );
    assert.deepEqual(unit.warnings, said);
    for (const line of said) assert.ok(unit.text.includes(`# ${line}\n`));
  });

  test('a receiver keeps its pictures and its key in a folder of its own', async () => {
    const unit = await receive(['--save', 'pictures', '--tls']);
    // systemd writes the name of the unit in place of %N.
    assert.deepEqual(values(unit, 'StateDirectory'), ['%N']);
    assert.deepEqual(values(unit, 'WorkingDirectory'), ['/var/lib/%N']);
    assert.deepEqual(values(unit, 'Environment'), ['XDG_STATE_HOME=/var/lib/%N']);
    await receive(['--save', 'a/../b/{name}.jpg', '--record', '.']);
  });

  test('a receiver is refused a folder that only one name of the unit would have', async () => {
    for (const path of ['/var/lib/image-receiver/a', '/srv/a', '..', '../image-receiver/a', 'a/../../image-receiver']) {
      await assert.rejects(receive(['--save', path]), {
        code: 'BAD_OPTION',
        message: /a folder such as pictures, which a service keeps in \/var\/lib\/image-receiver: it is/,
      });
    }
  });

  test('a receiver writes a file of its own in that folder, and is refused one elsewhere', async () => {
    const table: Option = { describe: 'Write a table', read: String, holds: 'output' };
    const commandLine = { ...receiverCommandLine, topics: { ...receiverCommandLine.topics, table: { table } } };
    const unit = await make(commandLine, ['--table', 'tables/frames.txt']);
    assert.match(values(unit, 'ExecStart').join(), / --table=tables\/frames\.txt$/);
    assert.deepEqual(values(unit, 'StateDirectory'), ['%N']);
    assert.deepEqual(values(unit, 'ProtectSystem'), ['strict']);
    // A path that may be written to besides would be of no use: no file there is the service's.
    assert.deepEqual(values(unit, 'ReadWritePaths'), []);
    for (const path of ['/srv/frames.txt', '../frames.txt', '/var/lib/image-receiver/frames.txt', '.', './']) {
      await assert.rejects(make(commandLine, ['--table', path]), {
        code: 'BAD_OPTION',
        message: /a file such as frames\.txt, which a service keeps in \/var\/lib\/image-receiver: it is/,
      });
    }
  });

  test('a line a frame goes to the journal when it was asked for as JSON, and else nowhere', async () => {
    assert.deepEqual(values(await receive(['--json']), 'StandardOutput'), []);
    assert.deepEqual(values(await receive([]), 'StandardOutput'), ['null']);
  });
});

test('a receiver may listen on a port below 1024, and only then has a right that others have not', async () => {
  const unit = await receive(['--port', '443']);
  assert.deepEqual(values(unit, 'AmbientCapabilities'), ['CAP_NET_BIND_SERVICE']);
  assert.deepEqual(values(unit, 'CapabilityBoundingSet'), ['CAP_NET_BIND_SERVICE']);
  assert.deepEqual(values(unit, 'PrivateUsers'), []);
  for (const port of ['0', '1024', '8080']) {
    const other = await receive(['--port', port]);
    assert.deepEqual(values(other, 'AmbientCapabilities'), []);
    assert.deepEqual(values(other, 'CapabilityBoundingSet'), ['']);
  }
});

test('the page of a receiver may be on a port below 1024 too', async () => {
  const unit = await receive(['--web', '0.0.0.0:80']);
  assert.deepEqual(values(unit, 'AmbientCapabilities'), ['CAP_NET_BIND_SERVICE']);
  assert.deepEqual(values(await receive(['--web', '8000']), 'AmbientCapabilities'), []);
});

test('the memory of a receiver has room for the frames that wait for each sink', async () => {
  assert.deepEqual(values(await receive([]), 'MemoryMax'), ['2038M']);
  assert.deepEqual(values(await receive(['--save', 'a', '--record', 'b']), 'MemoryMax'), ['2160M']);
});

test('the memory of a sender has room for its buffer', async () => {
  assert.deepEqual(values(await send(['camera']), 'MemoryMax'), ['528M']);
  assert.deepEqual(values(await send(['camera', '--deliver', 'every', '--buffer', '1G']), 'MemoryMax'), ['1466M']);
});

describe('a command that cannot be a service', () => {
  test('pipe and doctor are refused', async () => {
    await assert.rejects(send(['pipe']), { code: 'BAD_OPTION', message: /'pipe', as a service has no standard input/ });
    await assert.rejects(send(['doctor']), {
      code: 'BAD_OPTION',
      message: /use camera, rpicam, video, folder or pattern/,
    });
  });

  test('a window is refused', async () => {
    await assert.rejects(receive(['--show']), { code: 'BAD_OPTION', message: /--show, as it has no screen/ });
  });

  test('a command that is looked for in the working folder is refused', async () => {
    await assert.rejects(receive(['--on-stall', './alarm.sh x']), { code: 'BAD_OPTION', message: /with whole paths/ });
    await receive(['--on-stall', '/opt/alarm.sh x', '--on-connect', 'true']);
    await receive(['--on-stall', './alarm.sh | cat', '--hook-shell']);
  });

  test('pictures on standard output are refused', async () => {
    await assert.rejects(receive(['--stdout', 'jpeg']), { code: 'BAD_OPTION', message: /nobody reads its output/ });
  });

  test('a folder outside of the one that the receiver may write to is refused', async () => {
    for (const path of ['/srv/pictures', '../other', '/var/lib/image-receiver2', '/var/lib/image-receiver/../x']) {
      for (const option of ['--save', '--record']) {
        await assert.rejects(receive([option, path]), {
          code: 'BAD_OPTION',
          message: /\/var\/lib\/image-receiver: it is/,
        });
      }
    }
  });
});

describe('systemd', () => {
  const units: [what: string, unit: (program: string) => Promise<ServiceUnit>, maxScore: number][] = [
    ['camera', (program) => send(['camera', '--tls', '--token-file', 'my token'], { program: [program] }), 1.5],
    ['rpicam', (program) => send(['rpicam', '--', '--info-text', '%fps $x'], { program: [program] }), 1.6],
    [
      'pattern with a lamp',
      (program) => send(['pattern', '--on-result', '/bin/true'], { program: [program], pins: 'users' }),
      1.5,
    ],
    ['pattern', (program) => send(['pattern', '--name', '"a" $b %c \\'], { program: [program] }), 1.3],
    ['video', (program) => send(['video', 'a "b" %c: \\d.mp4'], { program: [program] }), 1.3],
    ['receiver', (program) => receive(['--save', 'my pictures', '--tls'], { program: [program] }), 1.3],
    ['receiver on port 80', (program) => receive(['--port', '80'], { program: [program] }), 1.6],
  ];
  for (const [what, makeUnit, maxScore] of units) {
    test(`the unit of ${what} has nothing that systemd finds fault with, and a good score`, async () => {
      const program = join(folder, 'image-sender');
      await writeFile(join(folder, 'image-sender'), '');
      await chmod(join(folder, 'image-sender'), 0o755);
      const { text } = await makeUnit(program);
      assert.equal(await verifyUnit(text), '');
      const score = await scoreUnit(text);
      assert.ok(score <= maxScore, `${what}: ${score}`);
    });
  }
});

describe('a program that gets results', () => {
  const lamp = ['rpicam', '--on-result', 'python3 /home/pi/lamp.py'];

  test('may switch pins, and sees its files, when the machine has a group for pins', async () => {
    const unit = await send(lamp, { pins: 'gpio' });
    assert.ok(values(unit, 'DeviceAllow').includes('char-gpiochip rw'));
    assert.ok(values(unit, 'SupplementaryGroups').includes('gpio'));
    assert.deepEqual(values(unit, 'Environment'), ['LG_WD=/tmp']);
    assert.deepEqual(values(unit, 'BindReadOnlyPaths'), ['/home/pi/lamp.py']);
  });

  test('may not when there is no such group, or no such program', async () => {
    for (const unit of [await send(lamp), await send(['rpicam'], { pins: 'gpio' })])
      assert.ok(!values(unit, 'DeviceAllow').includes('char-gpiochip rw'));
    // Without a camera there are no other devices either.
    const folderLamp = await send(['pattern', '--on-result', '/opt/lamp'], { pins: 'gpio' });
    assert.deepEqual(values(folderLamp, 'PrivateDevices'), []);
    assert.deepEqual(values(await send(['pattern']), 'PrivateDevices'), ['yes']);
  });

  test('is refused when its path depends on the folder', async () => {
    for (const command of ['./lamp.py', 'python3 package.json'])
      await assert.rejects(send(['pattern', '--on-result', command]), {
        code: 'BAD_OPTION',
        message: /a command with whole paths, as a service has another folder/,
      });
  });
});
