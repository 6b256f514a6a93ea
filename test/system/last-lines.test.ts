import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { LastLines } from '../../src/system/last-lines.ts';

function keep(...texts: string[]): string {
  const lines = new LastLines();
  for (const text of texts) lines.add(Buffer.from(text));
  return lines.text;
}

test('LastLines keeps the last three lines when more come', () => {
  assert.equal(keep('one\ntwo\nthree\nfour\n'), 'two | three | four');
  assert.equal(keep('one\ntwo\nthree\nfo', 'ur'), 'two | three | four');
  assert.equal(keep('one\n', '\n \r\ntwo\r\n', '\n'), 'one | two');
});

test('LastLines says nothing when nothing was said', () => {
  assert.equal(keep(), '');
  assert.equal(keep('\n\r\n  \n'), '');
});

test('LastLines gives the same text when it comes byte by byte', () => {
  const text = 'héllo \u{1F4F7}\nsecond\n\nthird\nfourth \u{1F4F7}';
  const lines = new LastLines();
  for (const byte of Buffer.from(text)) lines.add(Uint8Array.of(byte));
  assert.equal(lines.text, keep(text));
  assert.equal(lines.text, 'second | third | fourth \u{1F4F7}');
});

test('LastLines cuts lines that are too long, whole or not', () => {
  const cut = `${'a'.repeat(160)}...`;
  assert.equal(keep(`${'a'.repeat(1_000_000)}\nb\n`), `${cut} | b`);
  assert.equal(keep(...Array(1000).fill('a'.repeat(1000))), cut);
});

test('LastLines makes what would move a cursor or hide text harmless', () => {
  assert.equal(keep('\x1b[31mred\x1b[0m\x1b[2J \x07\u202eevil\u2028\x9b1m\n'), 'red ?evil?');
});
