// Options and signals for Node itself, or for debugging programs of Node, do nothing to a packaged program.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeTlsIdentity } from '../support/certificate.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { listListeningPorts } from '../support/ports.ts';
import { readDisposition } from '../support/process-status.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { makeFolder } from './suite.ts';

test('SIGUSR1 opens no debugger, and the program goes on', async () => {
  const { receiver, port } = await startReceiver('packaged', ['--quiet', '--host', '127.0.0.1']);
  await using _receiver = receiver;
  assert.notEqual(await readDisposition(receiver.pid, 'SIGUSR1'), 'caught');
  receiver.signal('SIGUSR1');
  using client = await RawClient.open(port);
  client.end();
  await receiver.waitForLine('stderr', /left without a frame/, soonMs);
  assert.deepEqual(await listListeningPorts(receiver.pid), [port]);
  assert.equal((await receiver.stop()).code, 0);
  assert.doesNotMatch(receiver.lines('stderr').join('\n'), /Debugger/);
});

describe('NODE_OPTIONS does nothing', () => {
  for (const program of ['image-sender', 'image-receiver'] as const) {
    for (const option of ['--inspect=127.0.0.1:0', '--require=FILE', '--no-such-option', '--max-old-space-size=1']) {
      test(`${program}: ${option}`, async () => {
        await using folder = await makeFolder();
        const file = join(folder.path, 'x.cjs');
        await writeFile(file, 'console.log("loaded");');
        const env = { NODE_OPTIONS: option.replace('FILE', file) };
        await using child = startProgram('packaged', program, ['--version'], { env });
        assert.deepEqual(await child.wait(soonMs), { code: 0, signal: null });
        assert.equal(child.lines('stdout').length, 1);
        assert.deepEqual(child.lines('stderr'), []);
      });
    }
  }
});

for (const program of ['image-sender', 'image-receiver'] as const) {
  test(`V8 uses the code cache of ${program}: it was made with the flags that the program starts with`, async () => {
    await using child = startProgram('packaged', program, ['--version'], { env: { IMAGE_SOCKET_CODE_CACHE: 'tell' } });
    assert.deepEqual(await child.wait(soonMs), { code: 0, signal: null });
    assert.deepEqual(child.lines('stderr'), ['The code cache is used']);
  });
}

test('NODE_TLS_REJECT_UNAUTHORIZED does not make a sender trust what it should not', async () => {
  await using own = await makeTlsIdentity();
  await using other = await makeTlsIdentity();
  const { receiver, port } = await startReceiver('packaged', ['--tls-cert', own.certPath, '--tls-key', own.keyPath]);
  await using _receiver = receiver;
  await using folder = await makeFolder();
  await writeFile(join(folder.path, 'picture.jpg'), tinyJpeg(64, 48));
  const args = ['folder', folder.path, '--port', `${port}`, '--host', 'localhost', '--retries', '1'];
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  await using sender = startProgram('packaged', 'image-sender', [...args, '--tls-ca', other.certPath], { env });
  assert.equal((await sender.wait(soonMs)).code, 4, sender.lines('stderr').join('\n'));
  assert.match(sender.lines('stderr').join('\n'), /UNTRUSTED/);
});
