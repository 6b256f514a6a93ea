import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { readDigits, trimBlanks, trimSpace } from '../../src/protocol/ascii.ts';

test('trimSpace leaves the bytes without the white space of ASCII around them, and no other', () => {
  const trim = (text: string) => Buffer.from(trimSpace(Buffer.from(text))).toString();
  assert.equal(trim(' \t\v\f secret word\r\n'), 'secret word');
  assert.equal(trim('\u00a0x\u00a0'), '\u00a0x\u00a0');
  assert.deepEqual([trim(''), trim(' \n')], ['', '']);
});

test('trimBlanks leaves a text without the spaces and tabs around it, and no other', () => {
  assert.equal(trimBlanks(' \t a b\t'), 'a b');
  assert.equal(trimBlanks('\u00a0a\n'), '\u00a0a\n');
  assert.deepEqual([trimBlanks(''), trimBlanks(' \t')], ['', '']);
});

test('readDigits reads digits alone', () => {
  assert.deepEqual(['0', '007', '9007199254740993'].map(readDigits), [0, 7, 2 ** 53]);
  for (const text of ['', ' 1', '-1', '+1', '1.0', '0x10', '1e3', '\u0661']) assert.equal(readDigits(text), Number.NaN);
});
