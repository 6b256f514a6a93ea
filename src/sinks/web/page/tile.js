import { formatLatency, formatOffline, formatStamp } from './format.js';
import { Picture } from './picture.js';
import { Plot } from './plot.js';

function make(name, className, text = '') {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Tells a tile whether it can be seen. */
const tellers = new WeakMap();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) tellers.get(target)?.(isIntersecting);
  },
  { rootMargin: '200px' },
);

/** One camera on the page. Whatever a sender says of itself becomes text here and nothing else. */
export class Tile {
  element = make('li', 'tile');
  canvas = document.createElement('canvas');
  report;
  #picture = new Picture(this.canvas);
  #button = make('button', 'picture');
  #offline = make('p', 'offline');
  #name = make('span', 'name');
  #state = make('span', 'quiet');
  #snapshot = make('a', 'button', 'Snapshot');
  #figures = new Map();
  #plot = new Plot();
  #isVisible = false;
  /** Waits for the tile to be seen: until then it need not be decoded. */
  #unseen;

  /** @param onOpen it is to be seen in full size */
  constructor(key, onOpen) {
    this.element.dataset.camera = key;
    this.canvas.width = 480;
    this.canvas.height = 315;
    this.canvas.setAttribute('aria-hidden', 'true');
    this.#button.type = 'button';
    this.#button.addEventListener('click', onOpen);
    this.#button.append(this.canvas);
    const stage = make('div', 'stage');
    stage.append(this.#button, this.#offline);
    const head = make('div', 'tile-head');
    const title = make('h2', '');
    title.append(this.#name, this.#state);
    const dot = make('span', 'dot');
    dot.setAttribute('aria-hidden', 'true');
    this.#snapshot.href = `/snapshot/${encodeURIComponent(key)}.jpg`;
    this.#snapshot.download = `${key}.jpg`;
    this.#snapshot.addEventListener('click', () => {
      this.#snapshot.download = `${key}_${formatStamp(new Date())}.jpg`;
    });
    head.append(dot, title, this.#snapshot);
    this.element.append(stage, head, this.#makeFigures(), this.#plot.element);
    tellers.set(this.element, (isVisible) => {
      this.#isVisible = isVisible;
      if (isVisible && this.#unseen !== undefined) this.show(this.#unseen);
    });
    observer.observe(this.element);
  }

  remove() {
    observer.unobserve(this.element);
    this.element.remove();
  }

  focus() {
    this.#button.focus();
  }

  show(jpeg) {
    this.#unseen = this.#isVisible ? undefined : jpeg;
    if (this.#isVisible) this.#picture.show(jpeg);
  }

  /** @param report as in /api/cameras, with `history` @param now by the receiver's clock */
  update(report, now) {
    this.report = report;
    const { name, online } = report;
    setText(this.#name, name);
    this.#name.title = name;
    setText(this.#state, online ? ', online' : ', offline');
    this.#button.setAttribute('aria-label', `${name}: show in full size`);
    this.#snapshot.setAttribute('aria-label', `Snapshot of ${name}`);
    this.element.classList.toggle('dim', !online);
    this.#offline.hidden = online;
    setText(this.#offline, online ? '' : formatOffline(report.since, now));
    this.#set('Rate', `${report.fps.toFixed(1)} fps`);
    this.#set('Late', formatLatency(report));
    this.#set('Dropped', String(report.dropped));
    this.#plot.add(report.history, now / 1000, report.clocksCompared);
  }

  #makeFigures() {
    const list = make('dl', 'figures');
    const titles = {
      Rate: 'Frames a second, of late',
      Late: 'From capture to reception: half of the frames, and 95 of 100, were here within it',
      Dropped: 'Frames that the sender left out as the network or the receiver was slow',
    };
    for (const [name, title] of Object.entries(titles)) {
      const pair = document.createElement('div');
      pair.title = title;
      const value = make('dd', '');
      pair.append(make('dt', '', name), value);
      this.#figures.set(name, value);
      list.append(pair);
    }
    return list;
  }

  #set(name, text) {
    setText(this.#figures.get(name), text);
  }
}

/** Without a change nothing is laid out again, or read out. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
