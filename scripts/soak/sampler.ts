import { percentile } from '../bench/ratios.ts';
import { type ProcessFigures, readProcess } from './process-figures.ts';
import type { Site } from './site.ts';

/** One look at all programs that are never restarted. */
export interface Sample {
  /** Since the start of the run. */
  readonly atS: number;
  readonly programs: Readonly<Record<string, ProcessFigures>>;
  /** Of the frames of the sender of *latest* since the sample before, in milliseconds; NaN without one. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

const tailLines = 5;
/** Names of senders with numbered pictures that are restarted. */
const guests = ['guest-every', 'guest-latest'];

/** Looks at the programs of a site again and again. */
export class Sampler {
  readonly #site: Site;
  readonly #startMs = Date.now();
  readonly samples: Sample[] = [];
  #lastMs = Date.now();

  constructor(site: Site) {
    this.#site = site;
  }

  async look(): Promise<Sample> {
    const programs: Record<string, ProcessFigures> = {};
    for (const [name, pid] of listPids(this.#site)) {
      const figures = pid === undefined ? undefined : await readProcess(pid);
      if (figures === undefined) {
        const said = this.#site.others.get(name.replace('sender ', ''))?.lines('stderr').slice(-tailLines) ?? [];
        throw new Error([`Cannot find the process ${pid} of ${name}: it has ended by itself`, ...said].join('\n'));
      }
      programs[name] = figures;
    }
    const sinceMs = this.#lastMs;
    this.#lastMs = Date.now();
    const frames = this.#site.parts.hub.arrivals('n-latest').filter(({ atMs }) => atMs >= sinceMs);
    const late = frames.map(({ trueLatencyMs }) => trueLatencyMs);
    const latencyMs = { p50: percentile(late, 0.5), p99: percentile(late, 0.99) };
    const sample = { atS: (Date.now() - this.#startMs) / 1000, programs, latencyMs };
    this.samples.push(sample);
    return sample;
  }
}

function listPids({ parts, senders, others }: Site): [name: string, pid: number | undefined][] {
  const { hub, reader, subscribers } = parts;
  const own = [...senders].filter(([name]) => !guests.includes(name));
  return [
    ['receiver with all sinks', hub.pid],
    ['receiver --stdout', reader.pid],
    ['receiver --subscribe', subscribers[0]?.pid],
    ...own.map(([name, { pid }]) => [`sender ${name}`, pid] as [string, number | undefined]),
    ...[...others].map(([name, { pid }]) => [`sender ${name}`, pid] as [string, number | undefined]),
  ];
}
