import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../scripts/native/project.ts';

const files = '{src,scripts,test}/**/*.{ts,js,css,c,cc,h,py,sh}';
/** The native cache is keyed by the bytes of these files: a comment that changes there builds OpenCV anew. */
const exclude = ['scripts/native/**'];
const question = /^(?:What|Who|Whom|Whoever|Which)\b/;

interface Place {
  readonly where: string;
  readonly text: string;
}

/** The lines of all files, each with its place. */
async function readLines(): Promise<Place[]> {
  const lines: Place[] = [];
  for await (const file of glob(files, { cwd: projectRoot, exclude })) {
    const text = await readFile(join(projectRoot, file), 'utf8');
    lines.push(...text.split('\n').map((line, i) => ({ where: `${file}:${i + 1}`, text: line })));
  }
  return lines;
}

const lines = await readLines();

/** Where one of these texts has a sentence that begins with a question word, and is no question. */
function findQuestions(places: readonly Place[]): string[] {
  return places
    .filter(({ text }) => text.split(/(?<=\.)\s+/).some((one) => question.test(one) && !one.endsWith('?')))
    .map(({ where, text }) => `${where}: ${text}`);
}

test('no sentence of a comment begins with what, who or which', () => {
  const comments = lines.flatMap(({ where, text }) => {
    const [, comment] = /(?:^|\s)(?:\/\*+|\*|\/\/|#|""")\s*(.*?)(?:\s*\*\/|""")?$/.exec(text) ?? [];
    return comment === undefined ? [] : [{ where, text: comment }];
  });
  assert.ok(comments.length > 1000);
  assert.deepEqual(findQuestions(comments), []);
});

test('no name of a test begins with what, who or which', () => {
  const names = lines.flatMap(({ where, text }) => {
    const [, name] = /^\s*(?:test|describe)\(['"`](.*)/.exec(text) ?? [];
    return name === undefined ? [] : [{ where, text: name.replace(/^./, (letter) => letter.toUpperCase()) }];
  });
  assert.ok(names.length > 1000);
  assert.deepEqual(findQuestions(names), []);
});
