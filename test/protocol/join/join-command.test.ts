import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { codeLetters } from '../../../src/protocol/code-letters.ts';
import { formatJoinCode, makeJoinCode, randomLength } from '../../../src/protocol/join/join-code.ts';
import { formatJoinCommand, readJoinCommand } from '../../../src/protocol/join/join-command.ts';

const code = '3k7m-9q2x-ab12-cd3x';
const line = `image-sender join ${code}`;

describe('formatJoinCommand', () => {
  test('writes at most two hosts, and the port where it is not 8080', () => {
    assert.equal(formatJoinCommand({ code, hosts: [], port: 8080 }), line);
    assert.equal(formatJoinCommand({ code, hosts: ['a', 'b', 'c'], port: 9000 }), `${line} --host a,b --port 9000`);
  });
});

describe('readJoinCommand', () => {
  test('reads what formatJoinCommand writes', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...codeLetters),
      minLength: randomLength,
      maxLength: randomLength,
    });
    const host = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.domain().filter((name) => name.length <= 60),
    );
    const parts = fc.record({
      letters,
      hosts: fc.array(host, { maxLength: 2 }),
      port: fc.integer({ min: 1, max: 65535 }),
    });
    fc.assert(
      fc.property(parts, ({ letters: random, hosts, port }) => {
        const typed = formatJoinCode(makeJoinCode(random));
        const read = readJoinCommand(formatJoinCommand({ code: typed, hosts, port }));
        assert.deepEqual(read, {
          code: typed,
          ...(hosts.length > 0 && { host: hosts.join(',') }),
          ...(port !== 8080 && { port: `${port}` }),
        });
      }),
    );
  });

  test('takes no other text', () => {
    const others = [
      '',
      'https://example.org/',
      `sudo ${line}`,
      `${line}; reboot`,
      `${line}\n`,
      ` ${line}`,
      `${line} --host a b`,
      `${line} --host $(reboot)`,
      `${line} --connect-timeout 9`,
      `${line} --port 8080 --host a`,
      `${line} --port 123456`,
      `${line} --host ${'a'.repeat(200)}`,
      `image-sender join --camera`,
      line.replace(code, '../../etc/passwd'),
      'x'.repeat(100_000),
    ];
    for (const text of others) assert.equal(readJoinCommand(text), undefined, text.slice(0, 80));
  });
});
