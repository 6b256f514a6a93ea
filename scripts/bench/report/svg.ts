/** A picture that is drawn from its top down, as text. */
export class SvgSheet {
  /** Of the last line: pixels from the top. */
  y = 0;
  readonly #width: number;
  readonly #parts: string[] = [];

  /** @param width pixels */
  constructor(width: number) {
    this.#width = width;
  }

  /** Goes down by so many pixels, and returns where that is. */
  down(pixels: number): number {
    this.y += pixels;
    return this.y;
  }

  add(...parts: readonly string[]): void {
    this.#parts.push(...parts);
  }

  /** The whole file, as high as it has become. */
  format(title: string): string {
    const [width, height] = [this.#width, this.y + 16];
    const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
    const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="13" role="img">`;
    const back = `<rect width="${width}" height="${height}" fill="#fff"/>`;
    return `${[head, `<title>${escapeXml(title)}</title>`, back, ...this.#parts, '</svg>'].join('\n')}\n`;
  }
}

/** Words whose base line begins, or ends with `text-anchor`, at this place. */
export function drawText(x: number, y: number, words: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes === '' ? '' : ` ${attributes}`}>${escapeXml(words)}</text>`;
}

/** Lines of at most so many letters; a longer word has a line of its own. */
export function wrapWords(words: string, columns: number): string[] {
  const lines = [''];
  for (const word of words.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length <= columns || lines.at(-1) === '') lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}

/** To a tenth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
