import type { Sample } from './sampler.ts';
import { fitSlope, type Slope } from './slope.ts';

export const mebibyte = 2 ** 20;
const goalMBPerHour = 1;
/** A shorter run shows nothing about the slope: garbage is collected in steps of several MB. */
const minSlopeS = 1800;
/** Of a program with the addon, at most a video of 480x315 and its encoder. */
const maxRssBytes = 300 * mebibyte;
/** Lines that no program prints while it works as it should. */
const faultLine =
  /\b(?:Type|Reference|Range|Syntax)Error\b|unhandled|uncaught|MaxListeners|^\s+at .*:\d+:\d+|\[INTERNAL\]/i;

/** The memory and the handles of one program. */
export interface ProgramSummary {
  readonly name: string;
  readonly maxRssMB: number;
  /** Of RSS after the warm-up: MB an hour. */
  readonly slope: Slope;
  /** The same of own memory, without pages of files. */
  readonly ownSlope: Slope;
  /** The most in the warm-up, when all parts of the site were there. */
  readonly handlesBefore: number;
  readonly handlesAfter: number;
  readonly maxThreads: number;
}

/** @param warmUpS samples up to then show the handles before, those after it the slope */
export function summarizePrograms(samples: readonly Sample[], warmUpS: number): ProgramSummary[] {
  const names = Object.keys(samples.at(-1)?.programs ?? {});
  return names.map((name) => {
    const own = samples.flatMap(({ atS, programs }) => {
      const figures = programs[name];
      return figures === undefined ? [] : [{ atS, ...figures }];
    });
    const later = own.filter(({ atS }) => atS > warmUpS);
    return {
      name,
      maxRssMB: Math.max(...own.map(({ rssBytes }) => rssBytes)) / mebibyte,
      slope: fitSlope(later.map(({ atS, rssBytes }) => [atS / 3600, rssBytes / mebibyte])),
      ownSlope: fitSlope(later.map(({ atS, ownBytes }) => [atS / 3600, ownBytes / mebibyte])),
      handlesBefore: Math.max(...own.filter(({ atS }) => atS <= warmUpS).map(({ handles }) => handles)),
      handlesAfter: own.at(-1)?.handles ?? Number.NaN,
      maxThreads: Math.max(...own.map(({ threads }) => threads)),
    };
  });
}

/** Programs with more handles than before. */
export function findLeaks(programs: readonly ProgramSummary[]): string[] {
  return programs
    .filter(({ handlesBefore, handlesAfter }) => handlesAfter > handlesBefore)
    .map(({ name, handlesBefore, handlesAfter }) => {
      return `${name} has ${handlesAfter} open handles at the end, and had at most ${handlesBefore} before the restarts`;
    });
}

/** Programs that took too much memory, or that surely grow by more than 1 MB an hour in a run that is long enough. */
export function findGrowth(programs: readonly ProgramSummary[], measuredS: number): string[] {
  return programs.flatMap(({ name, maxRssMB, slope: { slope, error } }) => {
    const found: string[] = [];
    if (maxRssMB > maxRssBytes / mebibyte) found.push(`${name} took ${maxRssMB.toFixed(0)} MB of memory`);
    if (measuredS >= minSlopeS && slope - 2 * error > goalMBPerHour)
      found.push(`${name} grew by ${slope.toFixed(2)} MB an hour (standard error ${error.toFixed(2)})`);
    return found;
  });
}

/** Lines that tell of a fault of the program itself. */
export function findFaultLines(name: string, lines: readonly string[]): string[] {
  return lines.filter((line) => faultLine.test(line)).map((line) => `${name} said: ${line}`);
}

export function formatPrograms(programs: readonly ProgramSummary[]): string[] {
  const head = [
    'program',
    'RSS max MB',
    'MB an hour, +- 2 errors',
    'own MB an hour, +- 2 errors',
    'handles',
    'threads',
  ];
  const rows = programs.map(({ name, maxRssMB, slope, ownSlope, handlesBefore, handlesAfter, maxThreads }) => [
    name,
    maxRssMB.toFixed(0),
    formatSlope(slope),
    formatSlope(ownSlope),
    `${handlesBefore} -> ${handlesAfter}`,
    `${maxThreads}`,
  ]);
  return [head, ...rows].map(([first = '', ...others]) => {
    return [first.padEnd(24), ...others.map((cell, i) => cell.padStart(head[i + 1]?.length ?? 0))].join('  ');
  });
}

function formatSlope({ slope, error }: Slope): string {
  // A run that is stopped in its warm-up has no slope.
  return Number.isNaN(slope) ? '-' : `${slope.toFixed(1)} +- ${(2 * error).toFixed(1)}`;
}
