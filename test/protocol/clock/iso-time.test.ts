import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIso, parseIso } from '../../../src/protocol/clock/iso-time.ts';

test('parseIso reads the text that formatIso makes', () => {
  assert.equal(formatIso(1_000_000_000_000_007), '2001-09-09T01:46:40.000007Z');
  assert.equal(parseIso('2001-09-09T01:46:40.000007Z'), 1_000_000_000_000_007);
});

test('parseIso gives undefined when a text has another form, or there is no such day', () => {
  const texts = ['', '2001-09-09 01:46:40.000007', '2001-09-09T01:46:40Z', '2001-02-30T01:46:40.000007Z'];
  assert.deepEqual(texts.map(parseIso), [undefined, undefined, undefined, undefined]);
});
