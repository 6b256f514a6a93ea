import { describeDetector, formatLatency, formatOffline, formatTimestamp } from './format.js';
import { Picture } from './picture.js';
import { Plot } from './plot.js';
import { setText } from './set-text.js';

function make(name, className, text = '') {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

/** By element: a function that is called with whether the element is visible. */
const visibilityListeners = new WeakMap();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) visibilityListeners.get(target)?.(isIntersecting);
  },
  { rootMargin: '200px' },
);

/** One camera on the page. Names come from senders: they are set as text, never as markup. */
export class Tile {
  element = make('li', 'tile');
  canvas = document.createElement('canvas');
  report;
  #picture = new Picture(this.canvas);
  #button = make('button', 'picture');
  #offline = make('p', 'offline');
  #name = make('span', 'name');
  #state = make('span', 'visually-hidden');
  #snapshot = make('a', 'button', 'Snapshot');
  #forget = make('button', 'button', 'Forget');
  #sees = make('p', 'sees');
  #figures = new Map();
  #plot = new Plot();
  #isVisible = false;
  /**
   * The newest picture while the tile is not visible: it is decoded when the tile becomes visible.
   */
  #waiting;

  /**
   * @param onOpen is called to show the camera in full size
   * @param onForget is called to have it forgotten
   */
  constructor(key, { onOpen, onForget }) {
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
      this.#snapshot.download = `${key}_${formatTimestamp(new Date())}.jpg`;
    });
    this.#forget.type = 'button';
    this.#forget.hidden = true;
    this.#forget.addEventListener('click', onForget);
    head.append(dot, title, this.#forget, this.#snapshot);
    this.element.append(stage, head, this.#makeFigures(), this.#sees, this.#plot.element);
    visibilityListeners.set(this.element, (isVisible) => {
      this.#isVisible = isVisible;
      if (isVisible && this.#waiting !== undefined) this.show(this.#waiting.jpeg, this.#waiting.record);
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

  show(jpeg, record) {
    this.#waiting = this.#isVisible ? undefined : { jpeg, record };
    if (this.#isVisible) this.#picture.show(jpeg, record);
  }

  /**
   * @param report as in /api/cameras, with `history`
   * @param now time of the receiver's clock
   * @param mayForget whether this viewer may have cameras forgotten
   */
  update(report, now, mayForget) {
    this.report = report;
    const { name, online } = report;
    setText(this.#name, name);
    this.#name.title = name;
    setText(this.#state, online ? ', online' : ', offline');
    this.#button.setAttribute('aria-label', `${name}: show in full size`);
    this.#snapshot.setAttribute('aria-label', `Snapshot of ${name}`);
    this.#forget.hidden = online || !mayForget;
    this.#forget.setAttribute('aria-label', `Forget ${name}`);
    this.element.classList.toggle('dim', !online);
    this.#offline.hidden = online;
    setText(this.#offline, online ? '' : formatOffline(report.since, now));
    this.#set('Rate', `${report.fps.toFixed(1)} fps`);
    this.#set('Latency', formatLatency(report));
    this.#set('Dropped', String(report.dropped));
    const { detector } = report;
    this.#sees.hidden = detector === null;
    if (detector !== null) setText(this.#sees, `Sees ${describeDetector(detector)}`);
    this.#plot.add(report.history, now / 1000, report.clocksCompared);
  }

  #makeFigures() {
    const list = make('dl', 'figures');
    const titles = {
      Rate: 'Frames per second, over the last five seconds',
      Latency: 'From capture to reception: 50 % of the frames take at most the first time, 95 % at most the second',
      Dropped: 'Frames that the sender dropped because the network or the receiver was slow',
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
