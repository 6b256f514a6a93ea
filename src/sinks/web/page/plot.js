import { formatLength } from './format.js';
import { setText } from './set-text.js';

const seconds = 120;
const [width, height] = [120, 40];
const namespace = 'http://www.w3.org/2000/svg';

/** A plot of the rate and the latency of one camera in the last two minutes. */
export class Plot {
  element = document.createElement('div');
  #svg = document.createElementNS(namespace, 'svg');
  #area = this.#path('rate-area');
  #rate = this.#path('rate-line');
  #latency = this.#path('latency-line');
  #rateLegend = document.createElement('span');
  #latencyLegend = document.createElement('span');
  /** By second: frames, and latency in milliseconds or null. */
  #history = new Map();

  constructor() {
    this.element.className = 'plot';
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#svg.setAttribute('preserveAspectRatio', 'none');
    this.#svg.setAttribute('role', 'img');
    const legend = document.createElement('div');
    legend.className = 'legend';
    this.#latencyLegend.className = 'latency';
    // The label of the plot says the same.
    legend.setAttribute('aria-hidden', 'true');
    legend.append(this.#rateLegend, this.#latencyLegend);
    this.element.append(this.#svg, legend);
  }

  /** @param history pairs of a second with what was in it @param now seconds since 1970 */
  add(history, now, areClocksCompared) {
    for (const [at, frames, latencyMs] of history) this.#history.set(at, { frames, latencyMs });
    for (const at of this.#history.keys()) if (at <= now - seconds - 2) this.#history.delete(at);
    this.#draw(Math.floor(now) - 1, areClocksCompared);
  }

  #draw(last, areClocksCompared) {
    const first = last - seconds + 1;
    const entries = Array.from({ length: seconds }, (_, i) => this.#history.get(first + i));
    const maxFrames = Math.max(1, ...entries.map((entry) => entry?.frames ?? 0));
    const latency = entries.flatMap((entry) => (entry?.latencyMs == null ? [] : [entry.latencyMs]));
    const [minMs, maxMs] = [Math.min(0, ...latency), Math.max(1, ...latency)];
    const x = (i) => ((i + 0.5) * width) / seconds;
    const yRate = (frames) => height - (frames / maxFrames) * height * 0.9;
    const yLatency = (ms) => height - ((ms - minMs) / (maxMs - minMs)) * height * 0.9;
    const line = entries.map((entry, i) => `${x(i).toFixed(1)} ${yRate(entry?.frames ?? 0).toFixed(1)}`).join('L');
    this.#rate.setAttribute('d', `M${line}`);
    this.#area.setAttribute('d', `M0 ${height}L${line}L${width} ${height}Z`);
    this.#latency.setAttribute('d', drawWithGaps(entries, x, yLatency));
    this.#describe(maxFrames, latency, areClocksCompared);
  }

  #describe(maxFrames, latency, areClocksCompared) {
    setText(this.#rateLegend, `up to ${maxFrames} fps`);
    const [min, max] = [Math.min(...latency), Math.max(...latency)].map(formatLength);
    const isKnown = latency.length > 0;
    const note = areClocksCompared ? '' : ' (clocks not compared)';
    setText(this.#latencyLegend, isKnown ? `latency up to ${max}${note}` : 'latency unknown');
    const range = isKnown ? `latency ${min} to ${max}${note}` : 'latency unknown';
    this.#svg.setAttribute('aria-label', `The last two minutes: up to ${maxFrames} frames per second, ${range}`);
  }

  #path(name) {
    const path = document.createElementNS(namespace, 'path');
    path.setAttribute('class', name);
    this.#svg.append(path);
    return path;
  }
}

/** A line through those seconds that have a latency. */
function drawWithGaps(entries, x, y) {
  let path = '';
  let isDrawing = false;
  entries.forEach((entry, i) => {
    if (entry?.latencyMs == null) {
      isDrawing = false;
      return;
    }
    path += `${isDrawing ? 'L' : 'M'}${x(i).toFixed(1)} ${y(entry.latencyMs).toFixed(1)}${isDrawing ? '' : 'h0.01'}`;
    isDrawing = true;
  });
  return path;
}
