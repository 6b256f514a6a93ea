import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row } from '../row.ts';
import { drawChart } from './chart.ts';
import { formatMachine } from './machine.ts';
import type { RunResult } from './result.ts';

const fileName = 'bench.json';

/** Whether a file of this name belongs to a run that is kept. */
export function isRunFile(name: string): boolean {
  return name === fileName || name.endsWith('.svg');
}

/** Writes the JSON file of a run, and a chart for each of its rows. */
export async function saveRun(folder: string, result: RunResult, rows: readonly Row[]): Promise<void> {
  await writeFile(join(folder, fileName), `${JSON.stringify(result, undefined, 2)}\n`);
  const about = `${result.startedAt.slice(0, 16).replace('T', ' ')} UTC; ${formatMachine(result.machine)}`;
  for (const found of result.rows) {
    const row = rows.find(({ name }) => name === found.name);
    if (row !== undefined) await writeFile(join(folder, `${found.name}.svg`), drawChart(row, found, about));
  }
}

/** @throws Error where the folder has no such file */
export async function readRun(folder: string): Promise<RunResult> {
  const path = join(folder, fileName);
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Error(`Cannot read the run in ${folder} (${error.message}). Give the folder that the bench kept it in`);
  });
  const result = parseFigures(text) as RunResult;
  if (result.format !== 1) throw new Error(`Cannot read ${path}: its format must be 1: it is ${result.format}`);
  return result;
}

/** Reads JSON in which `null` stands for NaN, a value that could not be measured. */
export function parseFigures(text: string): unknown {
  return JSON.parse(text, (_, value) => (value === null ? Number.NaN : value));
}
