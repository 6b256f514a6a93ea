import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import type { Message } from '../../src/protocol/wire2/message.ts';
import { MessageDecoder } from '../../src/protocol/wire2/message-decoder.ts';
import { encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { type Runtime, readJsonLines, soonMs } from '../support/programs.ts';
import { openTarget } from '../support/targets.ts';
import { until } from '../support/until.ts';
import { JoiningSite, openSession, openTlsProxy } from './joining-parts.ts';

const wrongCode = '0000-0000-0000-0000';

/** Everything that a receiver answers to bytes in a TLS session of their own. */
async function answersTo(port: number, bytes: Uint8Array): Promise<Message['type'][]> {
  const socket = openSession(port);
  await once(socket, 'secureConnect');
  socket.write(bytes);
  const decoder = new MessageDecoder(defaultFrameLimits);
  const types: Message['type'][] = [];
  for await (const chunk of socket) {
    for (const message of decoder.decode(chunk as Uint8Array))
      if (message.type !== 'bad frame') types.push(message.type);
  }
  return types;
}

/** How cameras join, and who cannot. */
export function defineJoining(runtime: Runtime): void {
  test('a camera that joined needs no option, also after the receiver starts again, until it is forgotten', async () => {
    await using site = await JoiningSite.open(runtime, ['--json']);
    const { code } = await site.invite('garden');
    const joined = await site.join('pi', code);
    assert.equal(joined.code, 0, joined.messages);
    assert.match(joined.messages, /joined the receiver at 127\.0\.0\.1:\d+ as the camera garden/);
    assert.equal((await site.send('pi', 'pattern', '--count', '3')).code, 0);
    assert.deepEqual(new Set(readJsonLines(site.receiver).map(({ name }) => name)), new Set(['garden']));

    const { output: unit } = await site.send('pi', 'service', 'pattern', '--retries', '0');
    assert.match(unit, /^ExecStart=.* pattern --retries=0\nLoadCredential=receiver\.json:\/.*\/receiver\.json$/m);
    const { output: other } = await site.send('pi', 'service', 'pattern', '--host', 'my-pc.local');
    assert.doesNotMatch(other, /LoadCredential/);

    await site.receiver.stop();
    await site.start();
    const [away] = await site.list();
    assert.deepEqual([away?.key, away?.online, typeof away?.joined], ['garden', false, 'string']);
    await using sender = site.begin('pi', 'pattern', '--retries', '1');
    await until(async () => (await site.list())[0]?.online === true, 'the camera', soonMs);
    const { code: unused } = await site.invite('garden');
    assert.equal((await site.command('forget', 'garden')).code, 0);
    const { code: end } = await sender.wait(soonMs);
    assert.equal(end, 4);
    const messages = sender.lines('stderr').join('\n');
    assert.match(messages, /it was forgotten here: image-receiver invite CAMERA lets it join again/);
    assert.match(messages, /its token was forgotten here, replaced by a newer one.*\(NOT_JOINED\)/);
    assert.deepEqual(await site.list(), []);
    assert.match((await site.join('pi', unused)).messages, /no invitation is open/);
  });

  test('a code that is wrong, used or replaced lets no camera join, and nothing is kept', async () => {
    await using site = await JoiningSite.open(runtime);
    const first = await site.invite('garden');
    const { code } = await site.invite('garden');
    const typing = await site.join('a', `${code.slice(0, -1)}${code.endsWith('2') ? '3' : '2'}`);
    assert.equal(typing.code, 2);
    assert.match(typing.messages, /Cannot use the code .*: a letter is wrong, or two have changed places/);
    const replaced = await site.join('a', first.code);
    assert.equal(replaced.code, 4);
    assert.match(
      replaced.messages,
      /did not let this camera join: its code is wrong, used, older than .*of another receiver.*\(BAD_CODE\)/,
    );
    assert.equal((await site.join('b', code)).code, 0);
    const kept = await site.readJoined();
    const used = await site.join('a', code);
    assert.match(
      used.messages,
      /did not let this camera join: no invitation is open: .*of another receiver; .*\(BAD_CODE\)/,
    );
    assert.equal(site.keepsReceiver('a'), false);
    assert.equal(await site.readJoined(), kept);
    await site.invite('cellar');
    for (let i = 0; i < 3; i++) await site.join('a', wrongCode);
    const sixth = await site.join('a', wrongCode);
    assert.match(sixth.messages, /at most 5 wrong codes may come from its address.*\(TOO_MANY_GUESSES\)/);
    assert.equal(await site.readJoined(), kept);
    const log = site.receiver.lines('stderr').filter((line) => line.includes('[BAD_CODE]'));
    assert.ok(log.length > 0, 'wrong codes are in the log');
  });

  test('a machine that ends TLS between the two cannot let a camera join, nor use what it heard', async () => {
    await using site = await JoiningSite.open(runtime);
    const { code } = await site.invite('garden');
    await using proxy = await openTlsProxy(site.port);
    const refused = await site.join('pi', code, proxy.port);
    assert.equal(refused.code, 4);
    assert.match(refused.messages, /a proxy ends TLS between the two.*\(BAD_CODE\)/);
    assert.equal(site.keepsReceiver('pi'), false);
    assert.equal(await site.readJoined(), undefined);
    const heard = proxy.sent[0];
    assert.ok(heard !== undefined && Buffer.from(heard).includes('JOIN'));
    assert.deepEqual(await answersTo(site.port, heard), ['FAIL']);
    assert.equal(await site.readJoined(), undefined);
    assert.equal((await site.join('pi', code)).code, 0);
  });

  test('a receiver without the code cannot have a camera join it', async () => {
    await using site = await JoiningSite.open(runtime);
    await using other = await JoiningSite.open(runtime);
    const { code } = await site.invite('garden');
    await other.invite('garden');
    const wrong = await site.join('pi', code, other.port);
    assert.match(wrong.messages, /\(BAD_CODE\)/);
    const none = await JoiningSite.open(runtime);
    const uninvited = await site.join('pi', code, none.port);
    assert.equal(uninvited.code, 4);
    assert.match(
      uninvited.messages,
      /it takes no TLS: no invitation is open, or .*\. Type image-receiver invite CAMERA/,
    );
    await none[Symbol.asyncDispose]();
    assert.equal(site.keepsReceiver('pi'), false);
  });

  test('a sender that cannot reach the receiver says what to do there', async () => {
    await using site = await JoiningSite.open(runtime);
    const { code } = await site.invite('garden');
    await site.receiver.stop();
    const refused = await site.join('pi', code);
    assert.equal(refused.code, 4);
    assert.match(
      refused.messages,
      /nothing listens there \(ECONNREFUSED\)\. Start image-receiver there with `image-rec/,
    );
    const unknown = await site.send('pi', 'join', code, '--host', 'no-such-host.invalid');
    assert.match(unknown.messages, /\((ENOTFOUND|EAI_AGAIN)\)\. Check --host: the address that `hostname -I` prints/);
    await using mute = await openTarget(() => undefined);
    const where = ['--host', '127.0.0.1', '--port', `${mute.port}`, '--connect-timeout', '1s'];
    const silent = await site.send('pi', 'join', code, ...where);
    assert.match(silent.messages, /no answer to the TLS handshake came within 1 s\. Is it image-receiver\? `image-s/);
  });

  test('a camera that joins again ends the connection with its earlier token', async () => {
    await using site = await JoiningSite.open(runtime);
    await site.join('old', (await site.invite('garden')).code);
    await using sender = site.begin('old', 'pattern', '--retries', '1');
    await until(async () => (await site.list())[0]?.online === true, 'the camera', soonMs);
    assert.equal((await site.join('new', (await site.invite('garden')).code)).code, 0);
    assert.equal((await sender.wait(soonMs)).code, 4);
    assert.match(sender.lines('stderr').join(), /earlier token of this camera.*\(NOT_JOINED\)/);
    assert.equal((await site.send('new', 'pattern', '--count', '1')).code, 0);
  });

  test('a sender that cannot keep the token does not use up the code', async () => {
    await using site = await JoiningSite.open(runtime);
    const { code } = await site.invite('garden');
    await site.blockState('pi');
    const kept = await site.join('pi', code);
    assert.equal(kept.code, 6);
    assert.match(kept.messages, /Cannot keep the token in .*receiver\.json: .*\[OUTPUT_FAILED\]/);
    assert.equal((await site.join('pi2', code)).code, 0);
  });

  test('a receiver that does not accept wire 2 invites no camera', async () => {
    await using site = await JoiningSite.open(runtime, ['--accept', 'classic']);
    const { code, messages } = await site.command('invite', 'garden');
    assert.equal(code, 2);
    assert.match(messages, /this receiver does not accept wire 2\. Start it with 2 in --accept/);
  });

  test('a stranger cannot be a camera that joined, on any wire', async () => {
    await using site = await JoiningSite.open(runtime, ['--json']);
    const { code } = await site.invite('garden');
    assert.equal((await site.join('pi', code)).code, 0);
    const where = ['--host', '127.0.0.1', '--port', `${site.port}`, '--count', '2', '--retries', '1'];
    for (const name of ['garden', 'GARDEN', 'gar\u0064en']) {
      const stranger = await site.send('stranger', 'pattern', '--name', name, ...where);
      assert.equal(stranger.code, 4);
      assert.match(stranger.messages, /only its token is accepted.*\(NAME_JOINED\)/);
    }
    const posted = await fetch(`http://127.0.0.1:${site.port}/garden`, { method: 'POST', body: tinyJpeg(64, 48) });
    assert.equal(posted.status, 403);
    assert.match(await posted.text(), /NAME_JOINED|only its token/);
    const guess = encodeMessage({
      ...{ type: 'HELO', stream: 'a', keepAliveMs: 0, delivery: 'latest', name: 'garden' },
      token: new TextEncoder().encode('x'.repeat(43)),
    });
    assert.deepEqual(await answersTo(site.port, guess), ['FAIL']);
    assert.deepEqual(readJsonLines(site.receiver), []);
    const others = await site.send('stranger', 'pattern', '--name', 'cellar', ...where);
    assert.equal(others.code, 0, others.messages);
    assert.equal((await site.send('pi', 'pattern', '--count', '2')).code, 0);
    assert.deepEqual(new Set(readJsonLines(site.receiver).map(({ name }) => name)), new Set(['cellar', 'garden']));
  });

  test('a receiver with --joined-only accepts nobody but cameras that joined', async () => {
    await using site = await JoiningSite.open(runtime, ['--json', '--joined-only']);
    const where = ['--host', '127.0.0.1', '--port', `${site.port}`, '--count', '2', '--retries', '1'];
    for (const wire of ['auto', 'classic', '2']) {
      const stranger = await site.send('stranger', 'pattern', '--wire', wire, ...where);
      assert.equal(stranger.code, 4, stranger.messages);
      if (wire === '2') assert.match(stranger.messages, /at the receiver lets it join \(NOT_JOINED\)/);
    }
    const posted = await fetch(`http://127.0.0.1:${site.port}/garden`, { method: 'POST', body: tinyJpeg(64, 48) });
    assert.equal(posted.status, 403);
    assert.deepEqual(readJsonLines(site.receiver), []);
    const { code } = await site.invite('garden');
    assert.equal((await site.join('pi', code)).code, 0);
    assert.equal((await site.send('pi', 'pattern', '--count', '2')).code, 0);
    assert.equal(readJsonLines(site.receiver).length, 2);
  });

  test('a camera does not send to a receiver with another key, and can join it again', async () => {
    await using site = await JoiningSite.open(runtime);
    const first = await site.invite('garden');
    assert.equal((await site.join('pi', first.code)).code, 0);
    await site.receiver.stop();
    await site.loseKey();
    await site.start();
    const refused = await site.send('pi', 'pattern', '--count', '1', '--retries', '1');
    assert.equal(refused.code, 4);
    assert.match(
      refused.messages,
      /not the one of the receiver that was joined.*let this camera join again.*\[UNTRUSTED\]/,
    );
    const again = await site.invite('garden');
    const joined = await site.join('pi', again.code);
    assert.match(joined.messages, /as the camera garden, in place of the one at 127\.0\.0\.1:\d+/);
    assert.equal((await site.send('pi', 'pattern', '--count', '1')).code, 0);
  });

  test('the connection of a sender ends when another camera joins with its name', async () => {
    await using site = await JoiningSite.open(runtime);
    const where = ['--host', '127.0.0.1', '--port', `${site.port}`];
    await using sender = site.begin('stranger', 'pattern', '--name', 'garden', '--retries', '1', ...where);
    await until(async () => (await site.list())[0]?.online === true, 'the camera', soonMs);
    const { code } = await site.invite('garden');
    assert.equal((await site.join('pi', code)).code, 0);
    assert.equal((await sender.wait(soonMs)).code, 4);
    assert.match(sender.lines('stderr').join('\n'), /\(NAME_JOINED\)/);
  });

  test('a port that takes TLS beside ends connections that say nothing, or no TLS behind its first byte', async () => {
    await using site = await JoiningSite.open(runtime, ['--header-timeout', '1']);
    await site.invite('garden');
    const silent = connect(site.port, '127.0.0.1');
    const torn = connect(site.port, '127.0.0.1');
    const begun = connect(site.port, '127.0.0.1');
    await Promise.all([once(silent, 'connect'), once(torn, 'connect'), once(begun, 'connect')]);
    torn.write(Uint8Array.of(0x16, 3, 1, 0xff, 0xff, 0, 0));
    begun.write(Uint8Array.of(0x16));
    for (const socket of [silent, torn, begun]) socket.on('error', () => undefined).resume();
    await Promise.all([silent, torn, begun].map((socket) => socket.closed || once(socket, 'close')));
    await until(() => site.receiver.lines('stderr').some((line) => line.includes('[TLS_FAILED]')), 'the log', soonMs);
    assert.equal((await site.list()).length, 0);
  });
}
