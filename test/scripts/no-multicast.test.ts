import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));

test('every script and every test file keeps the programs that it starts from multicast', () => {
  const files = globSync('*.ts', { cwd: scripts }).filter((file) => file !== 'no-multicast.ts');
  assert.ok(files.includes('demo.ts') && files.length > 8);
  for (const [file, line] of [
    ...files.map((file) => [file, "import './no-multicast.ts';"]),
    ['test/end-file.ts', "import '../no-multicast.ts';"],
  ]) {
    const [first] = /^import .*$/m.exec(readFileSync(`${scripts}${file}`, 'utf8')) ?? [];
    assert.equal(first, line, file);
  }
  assert.equal(process.env['IMAGE_SOCKET_MULTICAST'], 'off');
});
