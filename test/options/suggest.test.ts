import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNearest } from '../../src/options/suggest.ts';

const names = ['host', 'port', 'fps', 'record', 'record-size', 'web', 'web-token-file'];

test('findNearest finds the name when letters are swapped, missing, extra or wrong', () => {
  for (const [typed, name] of [
    ['hots', 'host'],
    ['prot', 'port'],
    ['recrod', 'record'],
    ['record-sise', 'record-size'],
    ['webb', 'web'],
    ['fp', 'fps'],
  ] as const) {
    assert.equal(findNearest(typed, names), name, typed);
  }
});

test('findNearest finds nothing when every name is far', () => {
  for (const typed of ['nonsense', 'a', 'recordings-size', ''])
    assert.equal(findNearest(typed, names), undefined, typed);
});
