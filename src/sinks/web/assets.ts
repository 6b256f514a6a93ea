import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/**
 * Texts of the page's files by name: the packaging puts them into the program. Not defined when the
 * program runs from source.
 */
declare const __pageFiles: Readonly<Record<PageFile, string>> | undefined;

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

/** Names of the files of the page, with their types. */
const pageTypes = {
  'index.html': html,
  'login.html': html,
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'main.js': script,
  'framed-stream.js': script,
  'live.js': script,
  'tile.js': script,
  'picture.js': script,
  'boxes.js': script,
  'plot.js': script,
  'format.js': script,
  'set-text.js': script,
  'forget.js': script,
  'full-size.js': script,
  'recordings.js': script,
  'player.js': script,
  'invite.js': script,
} as const;

export type PageFile = keyof typeof pageTypes;

export const pageFiles = Object.keys(pageTypes) as readonly PageFile[];

export interface Asset {
  readonly text: string;
  readonly type: string;
  /** Changes with the text. */
  readonly etag: string;
}

/** The files of the page. */
export class Assets {
  readonly #files: Readonly<Record<PageFile, Asset>>;

  private constructor(texts: Readonly<Record<PageFile, string>>) {
    this.#files = mapFiles((name) => {
      const text = texts[name];
      const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`;
      return { text, type: pageTypes[name], etag };
    });
  }

  /** From within the program, or from the folder beside its source. */
  static async load(): Promise<Assets> {
    if (typeof __pageFiles !== 'undefined') return new Assets(__pageFiles);
    const folder = new URL('page/', import.meta.url);
    const texts = new Map<PageFile, string>();
    for (const name of pageFiles) texts.set(name, await readFile(new URL(name, folder), 'utf8'));
    return new Assets(mapFiles((name) => texts.get(name) ?? ''));
  }

  get(name: PageFile): Asset {
    return this.#files[name];
  }
}

function mapFiles<T>(make: (name: PageFile) => T): Record<PageFile, T> {
  return Object.fromEntries(pageFiles.map((name) => [name, make(name)])) as Record<PageFile, T>;
}
