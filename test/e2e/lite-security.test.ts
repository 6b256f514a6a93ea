import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from '../support/at-once.ts';
import { makeTlsIdentity } from '../support/certificate.ts';
import type { Child } from '../support/child.ts';
import { numberedJpegs, startLite } from '../support/lite.ts';
import { readJsonLines, soonMs, startReceiver } from '../support/programs.ts';
import { openOwn } from '../support/targets.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

const token = 'correct horse battery';
const noPin = `sha256:${'0'.repeat(64)}`;
const [jpeg] = numberedJpegs(1) as [Uint8Array];

/** Sends one picture, and does not wait for another end than its own. */
async function send(port: number, ...args: string[]): Promise<Child> {
  const sender = await startLite(['pipe', '--port', `${port}`, '--retries', '1', ...args]);
  sender.input.end(jpeg);
  return sender;
}

async function checkEnd(sender: Child, code: number, line: RegExp): Promise<void> {
  assert.deepEqual(await sender.wait(soonMs), { code, signal: null }, sender.lines('stderr').join('\n'));
  assert.match(sender.lines('stderr').at(-1) ?? '', line);
}

async function writeToken(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

test('the token and the pin let it in, and large pictures pass through TLS unchanged', async () => {
  await using folder = await makeFolder();
  await using identity = await makeTlsIdentity();
  const file = await writeToken(folder.path, 'token', ` ${token}\n`);
  const tls = ['--tls-cert', identity.certPath, '--tls-key', identity.keyPath];
  const { receiver, port } = await startReceiver('node', [...tls, '--token-file', file, '--json']);
  await using _receiver = receiver;
  const large = numberedJpegs(20, 900_000);
  const args = ['pipe', '--port', `${port}`, '--deliver', 'every', '--tls-pin', identity.pin, '--token-file', file];
  await using sender = await startLite(args);
  for (const one of large) sender.input.write(one);
  sender.input.end();
  await checkEnd(sender, 0, /sent 20 frames/);
  await until(() => readJsonLines(receiver).length === large.length, 'the pictures', soonMs);
  assert.deepEqual(
    readJsonLines(receiver).map(({ bytes }) => bytes),
    large.map(({ length }) => length),
  );
  assert.ok(receiver.lines('stderr').every((line) => !/broke|torn|error/i.test(line)));
});

test('a wrong token ends it with 4, and so does none', async () => {
  await using folder = await makeFolder();
  await using receiver = await openOwn({ token });
  const file = await writeToken(folder.path, 'wrong', 'incorrect horse');
  await using wrong = await send(receiver.port, '--token-file', file, '--token-without-tls');
  await checkEnd(
    wrong,
    4,
    /The receiver at localhost:\d+ rejected the connection: .* \(BAD_TOKEN\); gave up after 1 try\. .*\[REJECTED\]$/,
  );
  await using none = await send(receiver.port);
  await checkEnd(none, 4, /rejected the connection: .* \(TOKEN_MISSING\); gave up after 1 try\. .* \[REJECTED\]$/);
  assert.equal(receiver.frames(), 0);
});

test('the pin of another certificate ends it with 4, before it has sent its token', async () => {
  await using folder = await makeFolder();
  const file = await writeToken(folder.path, 'token', token);
  await using receiver = await openOwn({ tls: true, token });
  await using wrong = await send(receiver.port, '--tls-pin', noPin, '--token-file', file);
  await checkEnd(
    wrong,
    4,
    new RegExp(`its certificate is not the one of --tls-pin but ${receiver.pin}: .*\\[UNTRUSTED\\]$`),
  );
  const colons = (receiver.pin ?? '').slice(7).toUpperCase().match(/../g)?.join(':');
  await using right = await send(receiver.port, '--tls-pin', `SHA256:${colons}`, '--token-file', file);
  await checkEnd(right, 0, /sent 1 frame/);
});

test('TLS at one end alone is told, with the option to add', async () => {
  await using secured = await openOwn({ tls: true });
  await using plain = await openOwn();
  await using without = await send(secured.port);
  await checkEnd(without, 4, /it accepts TLS only\. Add --tls-pin .*\[CONNECT_FAILED\]$/);
  await using alone = await send(plain.port, '--tls-pin', noPin);
  await checkEnd(alone, 4, /before TLS was up.* Start image-receiver with --tls, or .*\[CONNECT_FAILED\]$/);
});

test('a token that others can read is used, with a warning', async () => {
  await using folder = await makeFolder();
  await using receiver = await openOwn({ token });
  const file = await writeToken(folder.path, 'token', token);
  await chmod(file, 0o644);
  await using sender = await send(receiver.port, '--token-file', file, '--token-without-tls');
  await checkEnd(sender, 0, /sent 1 frame/);
  assert.ok(sender.lines('stderr').some((line) => line.includes(`can read ${file}: chmod 600 ${file}`)));
});

for (const [args, message] of [
  [['--port', '99999'], /Cannot use --port as it must be a whole number from 1 to 65535: it is '99999'/],
  [['--host', 'a:80'], /as in --host a --port 80: it is 'a:80'/],
  [['--name', ' '], /Cannot use --name as it must be 1 to 64 bytes without control characters/],
  [['--tls-pin', 'sha256:0f3a'], /Cannot use --tls-pin as it must be sha256: and 64 hexadecimal digits/],
  [['--token-file', '/nowhere', '--token-without-tls'], /there is no such file; copy the token file/],
  [['--token-file', '/dev/null', '--token-without-tls'], /it is no file/],
  [['--token-file', '/etc/passwd'], /Cannot send a token without TLS .* --tls-pin/],
  [['--token-without-tls'], /without --token-file/],
  [['--buffer', '1M', '--deliver', 'latest'], /Cannot use --buffer with latest/],
  [['--idle-timeout', '0'], /Cannot use --idle-timeout as it must be a time above 0/],
  [['--size', '640x480'], /unrecognized arguments: --size/],
  [['--max-frame', '12X'], /Cannot use --max-frame as it must be a size such as 16M/],
  [['--', '--hflip'], /no option takes the word '--hflip'/],
] as const) {
  test(`an option that is wrong ends it with 2: ${args.join(' ')}`, async () => {
    await using sender = await startLite(['pipe', ...args]);
    await checkEnd(sender, 2, message);
    assert.equal(sender.lines('stderr').length, 1);
    assert.match(sender.lines('stderr')[0] ?? '', /^image-sender-lite: Cannot .* \[BAD_OPTION\]$/);
  });
}
