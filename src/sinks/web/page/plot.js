import { formatLength } from './format.js';

const seconds = 120;
const [width, height] = [120, 40];
const namespace = 'http://www.w3.org/2000/svg';

/** Two minutes of rate and latency of one camera. */
export class Plot {
  element = document.createElement('div');
  #svg = document.createElementNS(namespace, 'svg');
  #area = this.#path('rate-area');
  #rate = this.#path('rate-line');
  #late = this.#path('late-line');
  #rateWords = document.createElement('span');
  #lateWords = document.createElement('span');
  /** By second: frames, and latency in milliseconds or null. */
  #history = new Map();

  constructor() {
    this.element.className = 'plot';
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#svg.setAttribute('preserveAspectRatio', 'none');
    this.#svg.setAttribute('role', 'img');
    const legend = document.createElement('div');
    legend.className = 'legend';
    this.#lateWords.className = 'late';
    // The picture's own label says the same.
    legend.setAttribute('aria-hidden', 'true');
    legend.append(this.#rateWords, this.#lateWords);
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
    const most = Math.max(1, ...entries.map((entry) => entry?.frames ?? 0));
    const latency = entries.flatMap((entry) => (entry?.latencyMs == null ? [] : [entry.latencyMs]));
    const [least, latest] = [Math.min(0, ...latency), Math.max(1, ...latency)];
    const x = (i) => ((i + 0.5) * width) / seconds;
    const yRate = (frames) => height - (frames / most) * height * 0.9;
    const yLate = (ms) => height - ((ms - least) / (latest - least)) * height * 0.9;
    const line = entries.map((entry, i) => `${x(i).toFixed(1)} ${yRate(entry?.frames ?? 0).toFixed(1)}`).join('L');
    this.#rate.setAttribute('d', `M${line}`);
    this.#area.setAttribute('d', `M0 ${height}L${line}L${width} ${height}Z`);
    this.#late.setAttribute('d', drawGaps(entries, x, yLate));
    this.#say(most, latency, areClocksCompared);
  }

  #say(most, latency, areClocksCompared) {
    this.#rateWords.textContent = `to ${most} fps`;
    const span = latency.length === 0 ? undefined : [Math.min(...latency), Math.max(...latency)].map(formatLength);
    const how = areClocksCompared ? ' late' : ', by two clocks';
    this.#lateWords.textContent = span === undefined ? 'latency unknown' : `to ${span[1]}${how}`;
    const late = span === undefined ? 'latency unknown' : `${span[0]} to ${span[1]}${how}`;
    this.#svg.setAttribute('aria-label', `The last two minutes: up to ${most} frames a second, ${late}`);
  }

  #path(name) {
    const path = document.createElementNS(namespace, 'path');
    path.setAttribute('class', name);
    this.#svg.append(path);
    return path;
  }
}

/** A line through those seconds that have a latency. */
function drawGaps(entries, x, y) {
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
