import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The page's files by name, put in by the packaging; not there when run from source. */
declare const __pageFiles: Readonly<Record<string, string>> | undefined;

/** Names of the files of the page, with their types. */
export const pageTypes = {
  'index.html': 'text/html; charset=utf-8',
  'login.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'main.js': 'text/javascript; charset=utf-8',
  'framed-stream.js': 'text/javascript; charset=utf-8',
  'live.js': 'text/javascript; charset=utf-8',
  'tile.js': 'text/javascript; charset=utf-8',
  'picture.js': 'text/javascript; charset=utf-8',
  'plot.js': 'text/javascript; charset=utf-8',
  'words.js': 'text/javascript; charset=utf-8',
  'full-size.js': 'text/javascript; charset=utf-8',
  'recordings.js': 'text/javascript; charset=utf-8',
  'player.js': 'text/javascript; charset=utf-8',
} as const;

export type PageFile = keyof typeof pageTypes;

export interface Asset {
  readonly name: PageFile;
  readonly text: string;
  readonly type: string;
  /** Changes with the text. */
  readonly etag: string;
}

/** The files of the page. */
export class Assets {
  readonly #files = new Map<string, Asset>();

  private constructor(texts: Readonly<Record<PageFile, string>>) {
    for (const [name, type] of Object.entries(pageTypes) as [PageFile, string][]) {
      const text = texts[name];
      const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`;
      this.#files.set(name, { name, text, type, etag });
    }
  }

  /** From inside of the program, or from beside its source. */
  static async load(): Promise<Assets> {
    if (typeof __pageFiles !== 'undefined') return new Assets(__pageFiles as Record<PageFile, string>);
    const names = Object.keys(pageTypes) as PageFile[];
    const folder = new URL('page/', import.meta.url);
    const entries = names.map(async (name) => [name, await readFile(new URL(name, folder), 'utf8')] as const);
    return new Assets(Object.fromEntries(await Promise.all(entries)) as Record<PageFile, string>);
  }

  find(name: string): Asset | undefined {
    return this.#files.get(name);
  }

  get login(): string {
    return this.#files.get('login.html')?.text ?? '';
  }
}
