import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, describe, test } from 'node:test';
import { findOpenFiles as findFor } from '../../src/cli/open-files.ts';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import type { RawOptions } from '../../src/options/option.ts';

const findOpenFiles = (options: RawOptions) => findFor(receiverCommandLine, options);
const secretOptions = [
  ...['token-file', 'web-token-file', 'tls-key', 'nats-login', 'nats-creds', 'nats-nkey', 'nats-key'],
];

const folder = await mkdtemp(join(tmpdir(), 'image-socket open '));
after(() => rm(folder, { recursive: true }));

async function make(name: string, mode: number, text = 'correct horse'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe('findOpenFiles', () => {
  test('tells each file with a secret that others may read, with its mode and what to type', async () => {
    for (const mode of [0o644, 0o640, 0o604, 0o660, 0o606]) {
      const path = await make('token', mode);
      for (const name of secretOptions) {
        assert.deepEqual(findOpenFiles({ [name]: path }), [
          `others on this machine may read --${name} ${path} (mode ${mode.toString(8)}): chmod 600 '${path}'`,
        ]);
      }
    }
  });

  test('has nothing to say of one that is for its owner alone, is none, or holds no secret', async () => {
    const others = {
      'web-token-file': join(folder, 'nowhere'),
      'nats-login': folder,
      'tls-cert': await make('cert', 0o644),
    };
    for (const mode of [0o600, 0o400])
      assert.deepEqual(findOpenFiles({ 'token-file': await make(`a${mode}`, mode), ...others }), []);
  });

  test('leaves alone what systemd hands to the service', async (t) => {
    const credentials = join(folder, 'credentials');
    await mkdir(credentials);
    const path = await make('credentials/token-file', 0o440);
    assert.equal(findOpenFiles({ 'token-file': path }).length, 1);
    process.env['CREDENTIALS_DIRECTORY'] = credentials;
    t.after(() => delete process.env['CREDENTIALS_DIRECTORY']);
    assert.deepEqual(findOpenFiles({ 'token-file': path }), []);
  });

  test('tells a configuration file with a password in it', async () => {
    const publish = 'nats://pi:secret@nats-host';
    const config = await make('with.json', 0o644, JSON.stringify({ publish }));
    assert.match(
      findOpenFiles({ config, publish })[0] ?? '',
      /^others on this machine may read --config .* \(mode 644\)/,
    );
    const without = await make('without.json', 0o644, JSON.stringify({ publish: 'nats://nats-host' }));
    assert.deepEqual(findOpenFiles({ config: without, publish }), []);
    assert.deepEqual(findOpenFiles({ config: without, publish: 'nats://nats-host' }), []);
  });
});
