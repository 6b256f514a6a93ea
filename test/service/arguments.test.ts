import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { receiverCommandLine } from '../../src/cli/receiver/options.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { parseCommandLine } from '../../src/options/command-line.ts';
import { type CommandLine, listOptions } from '../../src/options/commands.ts';
import type { RawOptions } from '../../src/options/option.ts';
import { flag } from '../../src/options/readers.ts';
import {
  findSourcePaths,
  formatArguments,
  formatCredentials,
  type ServiceCommand,
} from '../../src/service/arguments.ts';
import { readWords } from '../support/systemd-words.ts';

const credentials = { CREDENTIALS_DIRECTORY: '/run/credentials/x' };

/** The service that `image-sender WORDS` asks for, typed in /home/pi. */
async function ask(words: readonly string[], commandLine: CommandLine = senderCommandLine): Promise<ServiceCommand> {
  const parsed = await parseCommandLine(commandLine, words);
  assert.ok(!('text' in parsed));
  return { commandLine, cwd: '/home/pi', ...parsed };
}

async function format(words: readonly string[], commandLine?: CommandLine): Promise<string[]> {
  return formatArguments(await ask(words, commandLine));
}

test('the arguments of a service are those that were typed, without defaults', async () => {
  assert.deepEqual(await format(['camera', '--host', 'my-pc.local', '--size', '1280x720', '--port', '8080']), [
    'camera',
    '--host=my-pc.local',
    '--size=1280x720',
  ]);
  assert.deepEqual(await format(['camera', '2', '--no-passthrough', '--fps=5']), [
    'camera',
    '2',
    '--no-passthrough',
    '--fps=5',
  ]);
  assert.deepEqual(await format(['--host', '0.0.0.0', '--save', 'pictures', '--tls'], receiverCommandLine), [
    '--host=0.0.0.0',
    '--tls',
    '--save=pictures',
  ]);
});

test('the words behind -- are passed on when there are any', async () => {
  assert.deepEqual(await format(['rpicam', '1', '--', '--hflip', '--info-text', '%fps fps']), [
    'rpicam',
    '1',
    '--',
    '--hflip',
    '--info-text',
    '"%%fps fps"',
  ]);
});

test('quotes around a value are kept, also when the option can stand alone', async () => {
  for (const text of ['""', "'a'", '"', `"a'`, '"a\nb"']) {
    for (const [name, words] of Object.entries({ camera: ['join'], name: ['rpicam'] })) {
      const read = await ask([...words, `--${name}=${text}`]);
      assert.equal(read.options[name], text);
    }
  }
});

test('options from the environment are written out when a service is asked for', async () => {
  process.env['IMAGE_SENDER_RETRIES'] = '0';
  try {
    assert.deepEqual(await format(['pattern']), ['pattern', '--retries=0']);
  } finally {
    delete process.env['IMAGE_SENDER_RETRIES'];
  }
});

/** Texts with quotes, blanks and what means something to systemd. */
const value = fc.string({
  unit: fc.constantFrom('"', "'", '\\', '%', '$', '{', ' ', ';', '-', '=', 'a', '1', 'ü'),
  minLength: 1,
  maxLength: 8,
});
const options = Object.entries(listOptions(senderCommandLine)).filter(([, { positional }]) => !positional);
const names = options.flatMap(([name, { read }]) => (read === flag ? [] : [name]));
const defaults = new Map(options.map(([name, option]) => [name, option.default]));
const switches = options.flatMap(([name, { read }]) => (read === flag ? [name] : []));

test('the program reads the options of a service as they were, whatever is in them', async () => {
  const texts = fc.dictionary(fc.constantFrom(...names), value);
  const booleans = fc.dictionary(fc.constantFrom(...switches), fc.boolean());
  await fc.assert(
    fc.asyncProperty(texts, booleans, fc.array(value, { maxLength: 3 }), async (some, others, passedOn) => {
      const options: RawOptions = { ...some, ...others };
      const asked = { commandLine: senderCommandLine, command: 'rpicam', options, passedOn, cwd: '/' };
      const words = readWords(formatArguments(asked).join(' '), credentials);
      const read = await parseCommandLine(senderCommandLine, words);
      assert.ok(!('text' in read));
      assert.deepEqual([read.command, read.passedOn], ['rpicam', passedOn]);
      for (const [name, text] of Object.entries(options)) {
        const isSecret = ['token-file', 'tls-ca'].includes(name) || /^nats-/.test(name);
        // A switch that is as it is by default is omitted.
        const found: unknown = read.options[name] ?? defaults.get(name) === 'true';
        assert.equal(found, isSecret ? `/run/credentials/x/${name}` : text, name);
      }
    }),
    { numRuns: 60 },
  );
});

test('files with secrets come as credentials, from where they were when the unit was asked for', async () => {
  const asked = await ask(['pattern', '--token-file', '../my token:100%', '--tls-ca', '/etc/ca.pem']);
  assert.deepEqual(formatCredentials(asked), ['tls-ca:/etc/ca.pem', 'token-file:/home/my token:100%%']);
  assert.deepEqual(formatArguments(asked).slice(1).sort(), [
    `--tls-ca=\${CREDENTIALS_DIRECTORY}/tls-ca`,
    `--token-file=\${CREDENTIALS_DIRECTORY}/token-file`,
  ]);
  const receiver = await ask(['--tls-cert=c.pem', '--tls-key=k.pem'], receiverCommandLine);
  assert.deepEqual(formatCredentials(receiver), ['tls-cert:/home/pi/c.pem', 'tls-key:/home/pi/k.pem']);
});

test('a secret in a file that systemd cannot name is refused', async () => {
  for (const name of ['a\\', 'a\nb']) {
    const asked = await ask(['pattern', '--token-file', name]);
    assert.throws(() => formatCredentials(asked), { code: 'BAD_OPTION' });
  }
});

test('pictures and videos are read from where they were when the unit was asked for', async () => {
  const video = await ask(['video', 'my drive.mp4']);
  assert.deepEqual(formatArguments(video), ['video', '"/home/pi/my drive.mp4"']);
  assert.deepEqual(findSourcePaths(video), ['/home/pi/my drive.mp4']);
  const folder = await ask(['folder', 'shots/2026-*/*.jpg', '/srv/one.jpg']);
  assert.deepEqual(formatArguments(folder), ['folder', '"/home/pi/shots/2026-*/*.jpg"', '/srv/one.jpg']);
  assert.deepEqual(findSourcePaths(folder), ['/home/pi/shots', '/srv/one.jpg']);
  assert.deepEqual(findSourcePaths(await ask(['camera', '/dev/v4l/by-id/usb-camera'])), []);
});

test('an option that was given twice is refused', async () => {
  const asked = { ...(await ask(['pattern'])), options: { host: ['a', 'b'] } };
  assert.throws(() => formatArguments(asked), { code: 'BAD_OPTION', message: /--host as it must be given once/ });
});
