import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/native/project.ts';

/** A page for people: its path in the project, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** A line of a page, and its number from 1. */
export interface PageLine {
  readonly number: number;
  readonly text: string;
  readonly kind: 'prose' | 'table' | 'code';
}

const patterns = ['*.md', '.github/*.md', '{scripts,src,test}/**/*.md'];

/** All pages of the project. */
export async function readPages(): Promise<Page[]> {
  const pages: Page[] = [];
  for await (const path of glob(patterns, { cwd: projectRoot })) {
    pages.push({ path, text: await readFile(join(projectRoot, path), 'utf8') });
  }
  return pages.sort((a, b) => a.path.localeCompare(b.path));
}

/** Code is fenced, or behind four spaces more than the list that it stands in. */
export function readLines({ text }: Page): PageLine[] {
  let isFenced = false;
  let indent = 0;
  return text.split('\n').map((line, i) => {
    const fence = line.startsWith('```');
    if (fence) isFenced = !isFenced;
    const item = /^ *(?:[-*]|\d+\.) +/.exec(line)?.[0].length;
    const isCode = fence || isFenced || (item === undefined && line.startsWith(' '.repeat(indent + 4)));
    if (!isCode && item !== undefined) indent = item;
    else if (!isCode && /^\S/.test(line)) indent = 0;
    return { number: i + 1, text: line, kind: isCode ? 'code' : line.startsWith('|') ? 'table' : 'prose' };
  });
}

/** The anchors that GitHub makes of the headings of a page. */
export function readAnchors(page: Page): string[] {
  const headings = readLines(page).filter(({ text, kind }) => kind === 'prose' && /^#+ /.test(text));
  return headings.map(({ text }) => {
    const plain = text.replace(/^#+ /, '').replaceAll(/[`*]/g, '').toLowerCase();
    return plain.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
  });
}

/** The targets of the links and pictures of a page. */
export function readLinks(page: Page): string[] {
  const lines = readLines(page).filter(({ kind }) => kind !== 'code');
  const prose = lines.map(({ text }) => text.replaceAll(/`[^`]*`/g, '`')).join('\n');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The rows of the tables of a page, each with its cells. */
export function readRows(page: Page): string[][] {
  const rows = readLines(page).filter(({ kind, text }) => kind === 'table' && !/^\|[-| ]+$/.test(text));
  return rows.map(({ text }) =>
    text
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** Whether some page has that text as it stands, each line behind four spaces. */
export function hasBlock(pages: readonly Page[], text: string): boolean {
  const block = text.trimEnd().replaceAll(/^(?=.)/gm, '    ');
  return pages.some((page) => page.text.includes(`\n${block}\n`));
}
