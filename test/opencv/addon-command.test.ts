import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { formatAddonCommand } from '../../src/opencv/addon-command.ts';
import { formatSeal, readSeal } from '../../src/opencv/seal.ts';

describe('formatAddonCommand', () => {
  const place = { path: '/opt/image-sender/image-sender', architecture: 'arm64', isWritable: true };
  test('unpacks the archive of the program and of this machine into the folder of the program', () => {
    const command = 'tar xf image-sender-linux-arm64.tar.xz --strip-components=1 -C /opt/image-sender';
    assert.equal(formatAddonCommand(place), command);
    assert.equal(formatAddonCommand({ ...place, isWritable: false }), `sudo ${command}`);
    const path = "/srv/pi's/image-receiver";
    assert.match(
      formatAddonCommand({ ...place, path, architecture: 'x64' }),
      /receiver-linux-x64.* -C '\/srv\/pi'\\''s'$/,
    );
  });

  test('installs the Debian package once more where the program is from one', () => {
    const command = formatAddonCommand({ ...place, path: '/usr/lib/image-sender/image-sender' });
    assert.match(command, /^sudo apt-get install --reinstall \.\/image-sender_\d[^ ]*_arm64\.deb$/);
  });
});

describe('the seal of an addon', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'image-socket-seal-'));
  after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'addon');
  const build = '0123456789ab';
  const read = async (text: string) => {
    await writeFile(path, text);
    return readSeal(path);
  };

  test('is read from the end of the file', async () => {
    assert.equal(await read(`code${formatSeal('ba9876543210')}more${formatSeal(build)}`), build);
    assert.equal(await read(formatSeal(build)), build);
  });

  test('is none where the file is cut short, longer, empty, or of another kind', async () => {
    const whole = `code${formatSeal(build)}`;
    for (const text of [whole.slice(0, -1), `${whole}.`, '', 'x', formatSeal('no build at all')])
      assert.equal(await read(text), undefined, text);
  });
});
