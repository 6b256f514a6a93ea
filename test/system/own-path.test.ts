import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { findOwnPath, isSameFile } from '../../src/system/own-path.ts';

const root = await mkdtemp(join(tmpdir(), 'image-socket-own-path-'));
after(() => rm(root, { recursive: true }));
const execPath = join(root, 'sender-0.1.0/sender');
for (const folder of ['sender-0.1.0', 'bin', 'other']) await mkdir(join(root, folder));
for (const file of [execPath, join(root, 'other/sender')]) await writeFile(file, '');
await symlink('sender-0.1.0', join(root, 'sender'));
await symlink('../sender/sender', join(root, 'bin/sender'));

describe('findOwnPath', () => {
  const start = { execPath, cwd: root, searchPath: `${join(root, 'other')}::${join(root, 'bin')}` };
  for (const [what, argv0, expected] of [
    ['is found through PATH as a link', 'sender', 'bin/sender'],
    ['is an absolute path as a link', join(root, 'sender/sender'), 'sender/sender'],
    ['is a relative path', './sender/sender', 'sender/sender'],
    ['names the file itself', join(root, 'sender-0.1.0/sender'), 'sender-0.1.0/sender'],
    ['names another file', './other/sender', 'sender-0.1.0/sender'],
    ['names nothing', 'gone', 'sender-0.1.0/sender'],
    ['is empty', '', 'sender-0.1.0/sender'],
  ] as const) {
    test(`gives the right path when the name ${what}`, () => {
      assert.equal(findOwnPath({ ...start, argv0 }), join(root, expected));
    });
  }
});

test('isSameFile follows links, and takes what is not there for another file', () => {
  assert.ok(isSameFile(execPath, join(root, 'bin/sender')));
  assert.ok(!isSameFile(execPath, join(root, 'other/sender')));
  assert.ok(!isSameFile(join(root, 'gone'), join(root, 'gone')));
});
