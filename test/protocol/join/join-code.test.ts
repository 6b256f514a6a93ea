import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { codeLetters, toCodeLetters } from '../../../src/protocol/code-letters.ts';
import { formatJoinCode, makeJoinCode, randomLength, readJoinCode } from '../../../src/protocol/join/join-code.ts';

const letter = fc.constantFrom(...codeLetters);
const codes = fc.string({ unit: letter, minLength: randomLength, maxLength: randomLength }).map(makeJoinCode);

test('toCodeLetters writes five bits of each byte', () => {
  assert.equal(toCodeLetters(Uint8Array.of(0, 31, 32, 255, 10)), '0z0za');
});

test('formatJoinCode puts letters in groups of four', () => {
  assert.equal(formatJoinCode('0123456789abcdef'), '0123-4567-89ab-cdef');
  assert.equal(formatJoinCode(''), '');
});

describe('readJoinCode', () => {
  test('reads what people make of a code: capitals, spaces, and letters that look like digits', () => {
    fc.assert(
      fc.property(codes, (code) => {
        assert.equal(readJoinCode(formatJoinCode(code)), code);
        const typed = formatJoinCode(code).toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
        assert.equal(readJoinCode(` ${typed}\n`), code);
      }),
    );
  });

  test('notices each wrong letter, and each two neighbours that changed places', () => {
    fc.assert(
      fc.property(codes, fc.nat({ max: 15 }), letter, (code, at, other) => {
        const wrong = code.slice(0, at) + other + code.slice(at + 1);
        assert.deepEqual(readJoinCode(wrong), other === code[at] ? code : { why: 'typing' });
        const [a = '', b = ''] = code.slice(Math.max(0, at - 1), at + 1);
        const swapped = code.replace(a + b, b + a);
        if (swapped !== code) assert.deepEqual(readJoinCode(swapped), { why: 'typing' });
      }),
    );
  });

  test('says how a text that is no code differs from one', () => {
    assert.deepEqual(readJoinCode('abc'), { why: 'length', letters: 3 });
    assert.deepEqual(readJoinCode('u'.repeat(16)), { why: 'letter', letter: 'u' });
    assert.deepEqual(readJoinCode(''), { why: 'length', letters: 0 });
    assert.deepEqual(readJoinCode(`${'0'.repeat(15)}😀`), { why: 'letter', letter: '😀' });
  });
});
