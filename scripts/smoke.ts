// The arm64 archive of the receiver and the arm64 Debian package of the sender, as a user gets them: unpacked, in a root
// with neither Node nor OpenCV, under qemu.
import './no-multicast.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import packageJson from '../package.json' with { type: 'json' };
import { isRooted, startInArm64Root } from '../test/support/arm64-root.ts';
import { runChild } from '../test/support/child.ts';
import { projectRoot } from './native/project.ts';
import { debName } from './package/debian/deb.ts';
import { folderName } from './package/outputs.ts';

const frames = 5;
const timeoutMs = 120_000;

const folder = await mkdtemp(join(tmpdir(), 'image-socket-smoke-'));
try {
  const archive = join(projectRoot, 'dist/image-receiver-linux-arm64.tar.xz');
  await runChild('tar', ['--extract', '--file', archive, '--directory', folder], timeoutMs);
  const deb = join(projectRoot, 'dist', debName('image-sender', 'linux-arm64', packageJson.version));
  await runChild('dpkg-deb', ['--extract', deb, folder], timeoutMs);
  const mounts = { '/package': folder };
  const receiverFolder = folderName('image-receiver', 'linux-arm64', packageJson.version);
  const receiverPath = `/package/${receiverFolder}/image-receiver`;
  const receiverArgs = ['--port', '0', '--json', '--decode', '--count', `${frames}`];
  await using receiver = await startInArm64Root([receiverPath, ...receiverArgs], { mounts });
  const [, port = ''] = await receiver.waitForLine('stderr', /listening on [^ ]*:(\d+)/, timeoutMs);
  const senderPath = '/package/usr/lib/image-sender/image-sender';
  await using sender = await startInArm64Root([senderPath, 'pattern', '--port', port], { mounts });
  const { code } = await receiver.wait(timeoutMs);
  await sender.stop();
  const lines = receiver.lines('stdout');
  if (code !== 0 || lines.length !== frames)
    throw new Error(`the receiver ended with ${code} after ${lines.length} frames`);
  const where = (await isRooted()) ? 'a bare root' : 'this root';
  process.stderr.write(`smoke: ${frames} frames from the arm64 sender to the arm64 receiver in ${where}, under qemu\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
