import { writeFile } from 'node:fs/promises';

/** The newest lines are kept, as a program may log the same for hours. */
const maxLines = 50_000;

/** All that the programs of a run said, with the times. */
export class RunLog {
  #lines: string[] = [];

  /** @returns a listener for the lines of one program */
  listenTo(name: string): (line: string) => void {
    return (line) => {
      this.#lines.push(`${new Date().toISOString()} ${name}: ${line}`);
      if (this.#lines.length >= 2 * maxLines) this.#lines = this.#lines.slice(-maxLines);
    };
  }

  /** @param out the file for the results, beside which the log is kept; undefined: it is not */
  async write(out: string | undefined): Promise<void> {
    if (out !== undefined) await writeFile(`${out}.log`, `${this.#lines.join('\n')}\n`);
  }
}
