import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { commandLines, fillPage, listPages, listTables } from '../../scripts/docs/pages.ts';
import { listOptions } from '../../src/options/commands.ts';

const pages = await Promise.all(
  (await listPages()).map(async (path) => ({ path, text: await readFile(path, 'utf8') })),
);

describe('the pages', () => {
  test('have tables as the options make them; npm run docs fills them', () => {
    for (const { path, text } of pages) assert.equal(fillPage(path, text), text, `${path} is stale: npm run docs`);
  });

  test('have the table of a program, or tables that name each of its options', () => {
    const shown = pages.flatMap(({ text }) =>
      [...text.matchAll(/<!-- options: ([^>]*?) -->/g)].map(([, name]) => name),
    );
    for (const commandLine of commandLines) {
      const tables = [...listTables()].filter(([name]) => name.startsWith(commandLine.program) && shown.includes(name));
      const found = new Set(tables.flatMap(([, options]) => options.map(([name]) => name)));
      const named = Object.entries(listOptions(commandLine)).filter(([, { positional }]) => !positional);
      for (const [name] of named) assert.ok(found.has(name), `${commandLine.program} --${name} is on no page`);
    }
  });
});

test('a table of what there is not is refused, with what there is', () => {
  const page = '<!-- options: image-receiver nothing -->\n<!-- /options -->\n';
  assert.throws(() => fillPage('page.md', page), /must be one of image-sender, .*image-receiver save/);
});
