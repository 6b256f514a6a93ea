import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { nkeys } from '@nats-io/transport-node';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import { type ReceiverSettings, readReceiverSettings } from '../../src/cli/receiver/settings.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { readSenderSettings } from '../../src/cli/sender/settings.ts';
import { parseCommandLine, type Run } from '../../src/options/command-line.ts';
import type { CommandLine } from '../../src/options/commands.ts';
import { makeFolder } from '../e2e/suite.ts';
import { makeTlsIdentity } from '../support/certificate.ts';
import { makeNatsCredentials } from '../support/nats-credentials.ts';

async function parse(commandLine: CommandLine, words: readonly string[]): Promise<Run> {
  const parsed = await parseCommandLine(commandLine, words);
  assert.ok('options' in parsed);
  return parsed;
}

const readReceiver = async (...words: string[]) => readReceiverSettings(await parse(receiverCommandLine, words));
const findSink = ({ sinks }: ReceiverSettings, name: string) =>
  sinks.find(({ module }) => module.name === name)?.settings as Record<string, unknown> | undefined;
const readSender = async (...words: string[]) =>
  readSenderSettings(await parse(senderCommandLine, ['pattern', ...words]));
const nats = 'nats://nats.local';

describe('options of a NATS server', () => {
  test('name the user, by any login that NATS knows', async () => {
    await using folder = await makeFolder();
    const write = async (name: string, text: string) => {
      const path = join(folder.path, name);
      await writeFile(path, text);
      return path;
    };
    const login = await write('login', 'pi:a:b\n');
    const token = await write('token', 's3cret\n');
    const seed = await write('seed', new TextDecoder().decode(nkeys.createUser().getSeed()));
    const creds = await write('creds', makeNatsCredentials().creds);
    const read = async (...words: string[]) => (await readSender('--publish', nats, ...words)).nats?.options;
    assert.deepEqual((await read('--nats-login', login))?.address.login, { user: 'pi', password: 'a:b' });
    assert.deepEqual((await read('--nats-login', token))?.address.login, { token: 's3cret' });
    assert.match(new TextDecoder().decode((await read('--nats-nkey', seed))?.nkeySeed), /^SU/);
    assert.match(new TextDecoder().decode((await read('--nats-creds', creds))?.credentials), /^-----BEGIN/);
    for (const words of [
      ['--nats-login', login, '--nats-creds', creds],
      ['--nats-nkey', seed, '--nats-creds', creds],
    ]) {
      await assert.rejects(read(...words), { code: 'BAD_OPTION', message: /two ways to log in/ });
    }
    await assert.rejects(readSender('--publish', 'nats://u:p@h', '--nats-login', login), /two ways to log in/);
  });

  test('are refused at once when what is in their files is of no use', async () => {
    await using folder = await makeFolder();
    await using one = await makeTlsIdentity();
    await using other = await makeTlsIdentity();
    const path = join(folder.path, 'nonsense');
    await writeFile(path, 'nonsense');
    for (const words of [
      ['--nats-creds', path],
      ['--nats-nkey', path],
      ['--nats-cert', one.certPath],
      ['--nats-cert', one.certPath, '--nats-key', other.keyPath],
    ]) {
      await assert.rejects(readReceiver('--publish', nats, ...words), { code: 'BAD_OPTION' }, words.join(' '));
    }
  });

  for (const words of [
    '--nats-ca /nope',
    '--publish-stream 10f',
    '--replay',
    '--batch 4',
    '--wait 1s',
    '--group a',
    '--subject frames.a',
    `--publish ${nats} --subscribe ${nats}`,
    `--publish ${nats} --publish-stream 10`,
    `--subscribe ${nats} --port 9000`,
    `--subscribe ${nats} --max-senders 5`,
    `--subscribe ${nats} --tls`,
    `--subscribe ${nats} --accept 2`,
    `--subscribe ${nats} --publish-stream 10f`,
    `--subscribe ${nats} --wait 1s`,
    `--subscribe ${nats} --group a`,
    `--subscribe ${nats} --batch 4 --replay`,
    `--subscribe ${nats} --batch 4 --stdout framed --stdout-camera garden`,
    `--subscribe ${nats} --batch 0`,
    `--subscribe ${nats} --batch 4 --wait 1h`,
    `--subscribe ${nats} --batch 4 --group a.b`,
    `--subscribe ${nats} --subject events.a`,
    `--subscribe ${nats} --subject frames..a`,
    `--subscribe ${nats} --stdout framed --stdout-deliver every`,
  ]) {
    test(`are refused when the receiver gets ${words}`, async () => {
      await assert.rejects(readReceiver(...words.split(' ')), { code: 'BAD_OPTION' });
    });
  }

  for (const words of [
    '--publish-stream 10f',
    '--nats-login /nope',
    `--publish ${nats} --host a`,
    `--publish ${nats} --port 9000`,
    `--publish ${nats} --wire 2`,
    `--publish ${nats} --idle-timeout 2s`,
    `--publish ${nats} --tls`,
  ]) {
    test(`are refused when the sender gets ${words}`, async () => {
      await assert.rejects(readSender(...words.split(' ')), { code: 'BAD_OPTION' });
    });
  }

  test('are taken as they are meant when they go together', async () => {
    const shared = await readReceiver('--subscribe', nats, '--batch', '16', '--stdout', 'framed');
    assert.deepEqual(shared.subscription?.mode, { kind: 'shared', group: 'workers', batch: 16, waitMs: 50 });
    assert.equal(shared.takesEveryFrame, true);
    const newest = await readReceiver('--subscribe', nats, '--stdout', 'framed', '--subject', 'frames.north.>');
    assert.deepEqual(newest.subscription?.mode, { kind: 'newest' });
    assert.equal(newest.takesEveryFrame, false);
    const kept = await readReceiver('--publish', nats, '--publish-stream', '60s');
    assert.deepEqual(findSink(kept, 'nats')?.['retention'], { ms: 60_000 });
    assert.equal((await readSender('--publish', nats)).sender.retries, 0);
    assert.equal((await readSender('--publish', nats, '--retries', '3')).nats?.options.retries, 3);
    assert.equal((await readSender()).sender.retries, 10);
  });
});
