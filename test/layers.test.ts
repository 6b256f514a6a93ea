import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src', import.meta.url));

/** The folders of src, the lowest first: a file imports from its own folder and from those before it. */
const layers: readonly (string | undefined)[] = [
  'protocol',
  'qr',
  'system',
  'opencv',
  'matroska',
  'network',
  'options',
  'frames',
  'sources',
  'delivery',
  'results',
  'transport',
  'nats',
  'sinks',
  'metrics',
  'doctor',
  'service',
  'cli',
];

/** Pairs that the order alone allows and that are not wanted: a sink or a source is fed, by whatever way frames come or go. */
const forbidden = [
  ['sinks', 'transport'],
  ['sources', 'transport'],
] as const;

/** Imports of each file of src, both as paths from there; those of packages as they are. */
function readImports(): Map<string, string[]> {
  const files = globSync('**/*.ts', { cwd: root });
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const found = text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'([^']+)'/g);
      const specifiers = [...found].map(([, specifier = '']) => specifier);
      return [file, specifiers.map((one) => (one.startsWith('.') ? normalize(join(file, '..', one)) : one))];
    }),
  );
}

/** Undefined for the entries and what else is in no folder. */
const layerOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined);

describe('the layers of src', () => {
  const imports = readImports();
  const pairs = [...imports].flatMap(([file, found]) => found.map((imported) => [file, imported] as const));

  test('have a place in the order for every folder', () => {
    const found = new Set([...imports.keys()].map(layerOf).filter((layer) => layer !== undefined));
    assert.deepEqual([...found].sort(), [...layers].sort());
  });

  test('import downwards only', () => {
    const rank = (file: string): number => layers.indexOf(layerOf(file));
    const upward = pairs.filter(
      ([file, imported]) => imports.has(imported) && rank(file) >= 0 && rank(imported) > rank(file),
    );
    assert.deepEqual(upward, []);
  });

  test('keep sinks and sources apart from the transport', () => {
    const found = pairs.filter(([file, imported]) =>
      forbidden.some(([from, to]) => layerOf(file) === from && layerOf(imported) === to),
    );
    assert.deepEqual(found, []);
  });

  test('keep sinks apart from each other, and sources', () => {
    const modules = (layer: string) =>
      [...imports.keys()].filter((file) => /^[^/]+\/[^/]+\/module\.ts$/.test(file) && layerOf(file) === layer);
    for (const layer of ['sinks', 'sources']) {
      const folders = modules(layer).map((file) => file.replace('module.ts', ''));
      assert.ok(folders.length > 4);
      const folderOf = (file: string) => folders.find((folder) => file.startsWith(folder));
      const found = pairs.filter(([file, imported]) => {
        const [from, to] = [folderOf(file), folderOf(imported)];
        return from !== undefined && to !== undefined && from !== to;
      });
      assert.deepEqual(found, []);
    }
  });

  test('have no circle of files', () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), `${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
      if (done.has(file)) return;
      for (const imported of imports.get(file) ?? []) if (imports.has(imported)) visit(imported, [...path, file]);
      done.add(file);
    };
    for (const file of imports.keys()) visit(file, []);
  });

  test('need nothing from outside in the protocol', () => {
    const found = pairs.filter(([file, imported]) => layerOf(file) === 'protocol' && !imports.has(imported));
    assert.deepEqual(found, []);
  });
});
