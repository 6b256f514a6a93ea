import { formatBytes, formatDuration } from './format.js';
import { Player } from './player.js';
import { setText } from './set-text.js';

const byId = (id) => document.getElementById(`recordings-${id}`);

const timeOfDay = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
const fullDate = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' };

/** The list of recordings, by camera and day. */
export class Recordings {
  #onLoginRequired;
  #player;
  #recordings = [];
  #isShown = false;
  #requests = 0;

  constructor(onLoginRequired) {
    this.#onLoginRequired = onLoginRequired;
    this.#player = new Player(onLoginRequired, () => this.#mark(undefined));
    byId('refresh').addEventListener('click', () => void this.#load());
    byId('camera').addEventListener('change', () => this.#render());
  }

  set isShown(isShown) {
    if (this.#isShown === isShown) return;
    this.#isShown = isShown;
    if (isShown) void this.#load();
    else this.#player.close();
  }

  async #load() {
    const request = ++this.#requests;
    setText(byId('status'), 'Loading …');
    try {
      const response = await fetch('/recordings', { headers: { 'x-requested-with': 'page' } });
      if (response.status === 401) return this.#onLoginRequired();
      if (!response.ok) throw new Error(String(response.status));
      const { recordings } = await response.json();
      // A newer request runs.
      if (request !== this.#requests) return;
      this.#recordings = recordings;
      this.#fillCameras();
      this.#render();
    } catch {
      setText(byId('status'), 'The list could not be loaded');
    }
  }

  #fillCameras() {
    const select = byId('camera');
    const keys = [...new Set(this.#recordings.map(({ camera }) => camera))].sort();
    const chosen = keys.includes(select.value) ? select.value : '';
    select.replaceChildren(new Option('All', ''), ...keys.map((key) => new Option(key, key)));
    select.value = chosen;
  }

  #render() {
    const camera = byId('camera').value;
    const wanted = this.#recordings.filter((recording) => camera === '' || recording.camera === camera);
    const bytes = wanted.reduce((sum, recording) => sum + recording.bytes, 0);
    setText(
      byId('status'),
      wanted.length === 0 ? 'Nothing is recorded yet' : `${wanted.length} recordings, ${formatBytes(bytes)}`,
    );
    const groups = new Map();
    for (const recording of wanted) {
      const name = `${new Date(recording.startedAt).toDateString()}\n${recording.camera}`;
      groups.set(name, [...(groups.get(name) ?? []), recording]);
    }
    byId('list').replaceChildren(...[...groups.values()].map((group, i) => this.#makeGroup(group, i === 0)));
  }

  /**
   * The recordings of a camera on one day. There may be thousands in all, so a group is filled when
   * it is opened.
   */
  #makeGroup(group, isOpen) {
    const [{ camera, startedAt }] = group;
    const title = document.createElement('h2');
    const date = document.createElement('span');
    date.textContent = ` ${new Date(startedAt).toLocaleDateString([], fullDate)} (${group.length})`;
    title.append(camera, date);
    const summary = document.createElement('summary');
    summary.append(title);
    const list = document.createElement('ul');
    list.className = 'recordings';
    const fill = () => {
      if (list.children.length === 0) list.append(...group.map((recording) => this.#makeEntry(recording)));
    };
    const day = document.createElement('details');
    day.className = 'day';
    day.append(summary, list);
    day.addEventListener('toggle', fill);
    if (isOpen) fill();
    day.open = isOpen;
    return day;
  }

  #makeEntry(recording) {
    const { id, camera, startedAt, durationMs, bytes, isBeingWritten, isPlayable, url } = recording;
    const time = new Date(startedAt).toLocaleTimeString([], timeOfDay);
    const play = document.createElement('button');
    play.type = 'button';
    play.className = 'play';
    play.dataset.recording = id;
    play.disabled = !isPlayable;
    play.setAttribute('aria-pressed', 'false');
    const details = document.createElement('small');
    const length = durationMs === null ? [] : [formatDuration(durationMs / 1000)];
    const state = isBeingWritten ? ['being written'] : isPlayable ? [] : ['video, download only'];
    details.textContent = [...length, formatBytes(bytes), ...state].join(' · ');
    const label = document.createElement('span');
    label.className = 'visually-hidden';
    label.textContent = `Play ${camera}, `;
    play.append(label, `${time} `, details);
    play.addEventListener('click', () => {
      this.#mark(id);
      this.#player.open(recording, `${camera}, ${new Date(startedAt).toLocaleDateString()}, ${time}`);
    });
    const download = document.createElement('a');
    download.className = 'button';
    download.href = url;
    download.download = '';
    download.textContent = 'Download';
    download.setAttribute('aria-label', `Download ${camera}, ${time}`);
    const entry = document.createElement('li');
    entry.append(play, download);
    return entry;
  }

  /** Shows which recording plays. */
  #mark(id) {
    for (const play of byId('list').querySelectorAll('.play')) {
      play.setAttribute('aria-pressed', String(play.dataset.recording === id));
    }
  }
}
