// Options and signals for Node itself, or for debugging programs of Node, do nothing to a packaged program.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { copyFile, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeTlsIdentity } from '../support/certificate.ts';
import { Child } from '../support/child.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { listListeningPorts } from '../support/ports.ts';
import { readDisposition } from '../support/process-status.ts';
import { programCommand, soonMs, startProgram, startReceiver } from '../support/programs.ts';
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

/** All that a report of a fault needs. */
const packagedVersion =
  /^image-(sender|receiver) \d+\.\d+\.\d+\ncommit [0-9a-f]{12}\+?\ntarget linux-(x64|arm64)\nOpenCV 4\.\S+\nFFmpeg \d\S+\nNode 24\.\S+$/;

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
        assert.match(child.lines('stdout').join('\n'), packagedVersion);
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

test('a program whose code cache is damaged does without it', async () => {
  await using folder = await makeFolder();
  const copy = join(folder.path, 'image-sender');
  await copyFile(programCommand('packaged', 'image-sender')[0] as string, copy);
  const { at, length } = findAsset(await readFile(copy), 'cache');
  // V8 does not look at these bytes before it uses them: with some of them the process ended.
  for (const offset of [64, length >> 2, length >> 1, length - 5]) {
    await flipBit(copy, at + offset);
    await using child = new Child(copy, ['--version'], { env: { IMAGE_SOCKET_CODE_CACHE: 'tell' } });
    assert.deepEqual(await child.wait(soonMs), { code: 0, signal: null });
    assert.deepEqual(child.lines('stderr'), ['The code cache is ignored']);
    await flipBit(copy, at + offset);
  }
});

/** Where an asset is in a packaged program. Before it are its name, behind eight bytes with the length of the name, and its own length. */
function findAsset(program: Buffer, name: string): { at: number; length: number } {
  const key = Buffer.concat([Buffer.alloc(8), Buffer.from(name)]);
  key.writeBigUInt64LE(BigInt(name.length));
  const found = program.lastIndexOf(key);
  assert.ok(found > 0, `there is no asset ${name}`);
  return { at: found + key.length + 8, length: Number(program.readBigUInt64LE(found + key.length)) };
}

async function flipBit(path: string, at: number): Promise<void> {
  await using file = await open(path, 'r+');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] as number) ^ 1;
  await file.write(byte, 0, 1, at);
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
  assert.doesNotMatch(sender.lines('stderr').join('\n'), /NODE_TLS_REJECT_UNAUTHORIZED/);
});
