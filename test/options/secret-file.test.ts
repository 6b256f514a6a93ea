import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { adviseNewSecret, secretFile, textFile } from '../../src/options/secret-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'image-socket-secret-'));
after(() => rm(folder, { recursive: true }));
let count = 0;

async function put(content: string | Uint8Array): Promise<string> {
  const path = join(folder, `token-${count++}`);
  await writeFile(path, content);
  return path;
}

const read = (path: string) => secretFile('token', adviseNewSecret)(path, 'token-file');

test('secretFile gives the bytes of the file, without white space around them', async () => {
  for (const text of ['correct horse', 'correct horse\n', ' \r\ncorrect horse\t\r\n']) {
    assert.deepEqual(Buffer.from(read(await put(text))).toString(), 'correct horse');
  }
});

test('secretFile and textFile keep what only JavaScript calls white space', async () => {
  for (const space of ['\u00a0', '\u2028', '\u3000']) {
    const path = await put(` ${space}correct horse${space}\n`);
    assert.equal(Buffer.from(read(path)).toString(), `${space}correct horse${space}`);
    assert.equal(textFile(path, 'tls-ca'), `${space}correct horse${space}`);
  }
});

test('secretFile takes 8 to 512 bytes, in whatever letters', async () => {
  for (const token of ['x'.repeat(8), 'x'.repeat(512), 'ü'.repeat(4)]) {
    assert.equal(Buffer.from(read(await put(token))).toString(), token);
  }
  for (const token of ['', '   \n', 'x'.repeat(7), 'x'.repeat(513), 'ü'.repeat(257)]) {
    const path = await put(token);
    const bytes = Buffer.byteLength(token.trim());
    const message = `Cannot use --token-file ${path}: the token in it must be 8 to 512 bytes: it is ${bytes}`;
    assert.throws(() => read(path), { code: 'BAD_OPTION', message });
  }
});

test('secretFile calls a password a password', async () => {
  const path = await put('short');
  assert.throws(() => secretFile('password', adviseNewSecret)(path, 'web-token-file'), {
    message: `Cannot use --web-token-file ${path}: the password in it must be 8 to 512 bytes: it is 5`,
  });
});

test('secretFile gives bytes as they are that are no text', async () => {
  const random = Uint8Array.of(0xff, 0x80, 0xc3, 0x28, 0xa0, 0xa1, 0xe2, 0x28, 0xfe);
  assert.deepEqual(Uint8Array.from(read(await put(random))), random);
});

test('a file is refused that is none, or is too long', async () => {
  const large = await put('');
  await truncate(large, 1024 * 1024 + 1);
  const cases: Record<string, RegExp> = {
    [folder]: /it is no file$/,
    '/dev/zero': /it is no file$/,
    [large]: /it must be at most 1048576 bytes$/,
  };
  for (const [path, message] of Object.entries(cases)) {
    assert.throws(() => read(path), { code: 'BAD_OPTION', message });
    assert.throws(() => textFile(path, 'tls-ca'), { code: 'BAD_OPTION', message });
  }
});

test('a secret that is not there gets the command that makes it, and another file does not', () => {
  const missing = join(folder, 'missing');
  const reason = 'there is no such file or folder \\(ENOENT\\)';
  const cure = new RegExp(`${reason}; make it with head -c 24 /dev/urandom \\| base64 > ${missing}$`);
  assert.throws(() => read(missing), { code: 'BAD_OPTION', message: cure });
  assert.throws(() => textFile(missing, 'tls-ca'), { code: 'BAD_OPTION', message: new RegExp(`${reason}$`) });
});
