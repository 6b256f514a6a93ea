import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findExitCode } from '../../src/cli/exit-codes.ts';
import { senderCommandLine } from '../../src/cli/sender/commands.ts';
import { readSenderIdentity } from '../../src/cli/sender/identity.ts';
import { retryDelayMs } from '../../src/delivery/retry-delay.ts';
import { createStreamId } from '../../src/delivery/stream-id.ts';
import { CodedError, type ErrorCode, errorCodes } from '../../src/errors.ts';
import { listOptions } from '../../src/options/commands.ts';
import type { Option } from '../../src/options/option.ts';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { insertStandardTables } from '../../src/protocol/jpeg/jpeg-tables.ts';
import { isControl } from '../../src/protocol/wire2/control-messages.ts';
import {
  headerBytes,
  isStreamId,
  magic,
  maxControlBytes,
  maxNameBytes,
  maxTokenBytes,
  readName,
  version,
} from '../../src/protocol/wire2/message.ts';
import { MessageDecoder } from '../../src/protocol/wire2/message-decoder.ts';
import { composeRpicamArguments } from '../../src/sources/rpicam/rpicam-arguments.ts';
import { makeFolder } from '../e2e/suite.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { askLite, litePath } from '../support/lite.ts';

/** The value of a Python expression that JSON can carry. */
async function evaluate<T>(expression: string, args: readonly string[] = []): Promise<T> {
  const [line = ''] = await askLite(`import json; print(json.dumps(${expression}))`, args);
  return JSON.parse(line) as T;
}

/** As Python has it: times in seconds, sizes in pairs. */
function readDefault(name: string, { default: text = '', read }: Option<unknown>): unknown {
  const value = read(text, name);
  if (name.endsWith('-timeout')) return Number(value) / 1000;
  return typeof value === 'object' && value !== null ? Object.values(value) : value;
}

describe('image-sender-lite', () => {
  test('is written in Python 3.7, in lines of at most 100 columns', async () => {
    const text = await readFile(litePath, 'utf8');
    await askLite('import ast; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 7))');
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 100 || /\s$/.test(line)),
      [],
    );
  });

  test('imports nothing but the standard library', async () => {
    const code = `import ast, sys
tree = ast.walk(ast.parse(open(sys.argv[1]).read()))
names = {a.name for one in tree if isinstance(one, (ast.Import, ast.ImportFrom)) for a in one.names}
print(len(names), sorted(names - set(sys.stdlib_module_names)))`;
    const [found] = await askLite(code);
    assert.match(found ?? '', /^\d+ \[\]$/);
  });

  test('has the version of the other programs', async () => {
    const { version: wanted } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    assert.equal(await evaluate('lite.VERSION'), wanted);
  });

  test('has the exit codes of image-sender, and no code that image-sender has not', async () => {
    const codes = await evaluate<Record<string, number>>('lite.EXIT_CODES');
    const text = await readFile(litePath, 'utf8');
    for (const [code, exitCode] of Object.entries(codes)) {
      assert.equal(findExitCode(new CodedError(code as ErrorCode, '')), exitCode, code);
    }
    const used = [...text.matchAll(/\b(Failure|Torn|skip)\(.*?'([A-Z]+_[A-Z_]+)'/g)];
    assert.ok(used.length > 20);
    for (const [, kind, code = ''] of used) {
      assert.ok(code in errorCodes, code);
      // The others are about one picture.
      if (kind === 'Failure') assert.equal(findExitCode(new CodedError(code as ErrorCode, '')), codes[code] ?? 1, code);
    }
  });

  test('has the numbers of wire 2', async () => {
    const names = 'MAGIC HEADER MAX_CONTROL MAX_NAME MAX_TOKEN'.split(' ');
    const numbers = names.map((name) => (name === 'MAGIC' ? 'list(lite.MAGIC)' : `lite.${name}_BYTES`));
    assert.deepEqual(await evaluate(`[${numbers.join(', ')}, lite.MAX_NUMBER]`), [
      [...magic, version],
      ...[headerBytes, maxControlBytes, maxNameBytes, maxTokenBytes],
      Number.MAX_SAFE_INTEGER,
    ]);
    for (const name of await evaluate<string[]>('lite.ANSWERS')) assert.ok(isControl(name), name);
  });

  test('has the standard Huffman tables', async () => {
    const wanted = insertStandardTables(new Uint8Array(), 0);
    assert.equal(await evaluate('lite.STANDARD_TABLES.hex()'), Buffer.from(wanted).toString('hex'));
  });

  test('writes messages that the receiver reads', async () => {
    const jpeg = tinyJpeg(480, 315);
    const code = `
frame = lite.Frame((480, 315), [memoryview(bytes.fromhex(sys.argv[2]))], (10, 20))
frame.sequence = 7
print(lite.encode_hello('pi-01-k3x9f2ab', 2.5, 'every', 'G\\u00e4rten', b'secret!', ('m9', 'c4', '0.1.0')).hex())
print((lite.encode_frame_head(frame) + frame.parts[0]).hex())
print(lite.encode('pong', lite.struct.pack('>QQQQ', 1, 2, 3, 4)).hex())`;
    const lines = await askLite(code, [Buffer.from(jpeg).toString('hex')]);
    const decoder = new MessageDecoder(defaultFrameLimits, { needsHello: true });
    const found = lines.flatMap((line) => [...decoder.decode(Buffer.from(line, 'hex'))]);
    const token = new TextEncoder().encode('secret!');
    const identity = { machine: 'm9', device: 'c4', version: '0.1.0' };
    const hello = { stream: 'pi-01-k3x9f2ab', keepAliveMs: 2500, delivery: 'every', name: 'Gärten', token, identity };
    const frame = { sequence: 7, capturedAtUs: 10, capturedMonotonicUs: 20, width: 480, height: 315, jpeg };
    const plain = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? [...one] : one)));
    assert.deepEqual(
      plain(found),
      plain([
        { type: 'HELO', ...hello },
        { type: 'FRAM', frame },
        { type: 'pong', sentUs: 1, remoteReceivedUs: 2, remoteSentUs: 3, remoteWallUs: 4 },
      ]),
    );
  });

  test('takes the names that image-sender takes', async () => {
    const names = [
      'garden',
      'Gärten',
      'Ga\u0308rten',
      '',
      ' ',
      'a\nb',
      '\u202e',
      '\u3164',
      '\u{1d159}',
      '\u{ffa0}\u0301',
      '日本',
      '😀',
      'a'.repeat(65),
      'ü'.repeat(32),
      'ü'.repeat(33),
    ];
    const found = await evaluate<(string | null)[]>(
      '[(lambda one: one if lite.is_name(one) else None)(lite.unicodedata.normalize("NFC", name)) for name in json.loads(sys.argv[2])]',
      [JSON.stringify(names)],
    );
    assert.deepEqual(
      found,
      names.map((name) => readName(name) ?? null),
    );
  });

  test('makes stream ids of the same form', async () => {
    const names = ['garden', '', '日本', 'a long name of a camera', '-x-'];
    const ids = await evaluate<string[]>('[lite.create_stream_id(name) for name in json.loads(sys.argv[2])]', [
      JSON.stringify(names),
    ]);
    for (const id of ids) assert.ok(isStreamId(id), id);
    const beginning = (id: string) => id.slice(0, -8);
    assert.deepEqual(
      ids.map(beginning),
      names.map((name) => beginning(createStreamId(name))),
    );
  });

  test('says the same machine, device and version as image-sender', async () => {
    await using folder = await makeFolder();
    const [systemId, boardSerial] = [join(folder.path, 'id'), join(folder.path, 'serial')];
    for (const [id, serial] of [
      ['0123456789abcdef0123456789abcdef\n', '10000000abcdef01\0'],
      ['none\n', ''],
    ] as const) {
      await writeFile(systemId, id);
      await writeFile(boardSerial, serial);
      const code = 'lite.read_identity("rpicam 1", ((sys.argv[3], sys.argv[2]), sys.argv[3]))';
      const [machine, device, version] = await evaluate<string[]>(code, [systemId, boardSerial]);
      const files = { systemIds: [boardSerial, systemId], boardSerial };
      const wanted = readSenderIdentity('rpicam 1', files);
      assert.deepEqual(machine === undefined ? undefined : { machine, device, version }, wanted);
    }
  });

  test('waits as long as image-sender before it connects again', async () => {
    const expression = '[min(lite.MAX_RETRY, lite.FIRST_RETRY * lite.RETRY_GROWTH ** n) for n in range(4)]';
    const found = await evaluate<number[]>(expression);
    assert.deepEqual(
      found.map((seconds) => Math.round(seconds * 1000)),
      [1, 2, 3, 4].map((failures) => retryDelayMs(failures, 0)),
    );
    assert.equal(await evaluate('lite.MIN_RETRY * 1000'), retryDelayMs(1, 0, 10_000));
  });

  test('gives rpicam-vid the arguments that image-sender gives it', async () => {
    for (const passedOn of [
      [],
      ['--hflip'],
      ['-t', '5000'],
      ['--width=640', '--height', '480'],
      ['-q50', '--', '-n'],
    ]) {
      const words = ['rpicam', '1', '--size', '640x480', '--fps', '12.5', '--quality', '70', '--', ...passedOn];
      const found = await evaluate('lite.compose_arguments(lite.read_options(sys.argv[2:], lite.Log()))', words);
      const size = { width: 640, height: 480 };
      const wanted = { size, quality: 70, intervalMs: 80, camera: '1', extraArguments: passedOn };
      assert.deepEqual(found, composeRpicamArguments(wanted));
    }
  });

  test('has the options of image-sender with the same defaults, and two of its own', async () => {
    const parsed = 'lite.make_parser().parse_args([command])';
    const found = await evaluate<Record<string, unknown>[]>(
      `[dict(vars(${parsed}), command=None, number=None) for command in ('rpicam', 'pipe')]`,
    );
    const known = listOptions(senderCommandLine);
    const own = ['command', 'number', 'rotation', 'fps'];
    for (const [key, value] of found.flatMap((options) => Object.entries(options))) {
      const name = key.replaceAll('_', '-');
      if (own.includes(name)) continue;
      const row = known[name] ?? assert.fail(name);
      if (row.default !== undefined && value !== null) assert.deepEqual(value, readDefault(name, row), name);
    }
  });

  test('compiles without a warning', async () => {
    await using folder = await makeFolder();
    const copy = join(folder.path, 'copy.py');
    await writeFile(copy, await readFile(litePath));
    await askLite(
      'import py_compile, warnings; warnings.simplefilter("error"); py_compile.compile(sys.argv[2], doraise=True)',
      [copy],
    );
  });
});
