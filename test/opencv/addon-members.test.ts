import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { loadOpenCv } from '../../src/opencv/load.ts';

test('the addon has each member that the programs name when it is loaded', async () => {
  const cv = loadOpenCv() as unknown as Record<string, unknown>;
  const source = await readFile(new URL('../../src/opencv/addon.ts', import.meta.url), 'utf8');
  const [, body = ''] = /^export interface Addon \{\n(.*?)^\}/ms.exec(source) ?? [];
  const constants = [...body.matchAll(/^ {2}readonly (\w+): number;/gm)].map(([, name = '']) => name);
  const calls = [...body.matchAll(/^ {2}(?:readonly )?(\w+)(?:\(|: (?:new \(|\w+Class;))/gm)].map(
    ([, name = '']) => name,
  );
  assert.ok(constants.length >= 8 && calls.length >= 12, `${constants.length} constants and ${calls.length} calls`);
  for (const name of constants) assert.equal(typeof cv[name], 'number', name);
  for (const name of calls) assert.equal(typeof cv[name], 'function', name);
});
