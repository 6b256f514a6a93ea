import { Forget } from './forget.js';
import { FullSize } from './full-size.js';
import { Invite } from './invite.js';
import { LiveStream } from './live.js';
import { Recordings } from './recordings.js';
import { setText } from './set-text.js';
import { Tile } from './tile.js';

const byId = (id) => document.getElementById(id);
/** By key, in the order of the keys. */
const tiles = new Map();
const fullSize = new FullSize(
  () => [...tiles.values()],
  () => {
    // The other cameras are hidden: without them a slow network has room for this one.
    live.cameraKey = fullSize.key;
  },
);
const recordings = new Recordings(goToLogin);
const forget = new Forget(goToLogin);
/** Whether this viewer may have cameras forgotten. */
let mayForget = false;
const invite = new Invite(goToLogin);
let isConnected = true;
let summary = 'Connecting …';

function goToLogin() {
  location.assign('/login');
}

function showStatus() {
  document.body.classList.toggle('disconnected', !isConnected);
  setText(byId('status'), isConnected ? summary : 'Not connected to the receiver: trying again …');
}

/**
 * Adds and removes tiles, so that each camera has one.
 * @param cameras reports in the order of their keys
 */
function arrangeTiles(cameras) {
  const keys = new Set(cameras.map(({ key }) => key));
  for (const [key, tile] of tiles) {
    if (keys.has(key)) continue;
    tile.remove();
    tiles.delete(key);
  }
  const added = cameras.filter(({ key }) => !tiles.has(key));
  if (added.length === 0) return;
  for (const { key } of added) {
    const tile = new Tile(key, {
      onOpen: () => fullSize.open(tile),
      onForget: () => forget.ask(tile.report),
    });
    tiles.set(key, tile);
  }
  const sorted = cameras.map(({ key }) => [key, tiles.get(key)]);
  tiles.clear();
  const list = byId('tiles');
  sorted.forEach(([key, tile], i) => {
    tiles.set(key, tile);
    // A tile that is not moved keeps its focus.
    if (list.children[i] !== tile.element) list.insertBefore(tile.element, list.children[i] ?? null);
  });
}

/** Puts the key behind a name that more than one camera has. */
function disambiguate(cameras) {
  const counts = new Map();
  for (const { name } of cameras) counts.set(name, (counts.get(name) ?? 0) + 1);
  return cameras.map((camera) => {
    const { key, name } = camera;
    return counts.get(name) === 1 ? camera : { ...camera, name: `${name} (${key})` };
  });
}

function summarize(cameras) {
  const online = cameras.filter((camera) => camera.online).length;
  const offline = cameras.length - online;
  if (cameras.length === 0) return 'Waiting for the first camera';
  return offline === 0 ? `${online} online` : `${online} online, ${offline} offline`;
}

const live = new LiveStream({
  onPicture(record, jpeg) {
    const { camera } = record;
    // In full size the tiles are hidden.
    if (fullSize.key === undefined) tiles.get(camera)?.show(jpeg, record);
    else if (fullSize.key === camera) fullSize.show(jpeg, record);
  },
  onCameras({ at, cameras }) {
    arrangeTiles(cameras);
    const now = new Date(at);
    for (const camera of disambiguate(cameras)) tiles.get(camera.key).update(camera, now, mayForget);
    fullSize.update(now);
    byId('empty').hidden = cameras.length > 0;
    byId('boxes').hidden = cameras.every(({ detector }) => detector === null);
    summary = summarize(cameras);
    showStatus();
  },
  onConnected(isNowConnected) {
    isConnected = isNowConnected;
    showStatus();
  },
  onLoginRequired: goToLogin,
});

/** With boxes the page shows the pictures that a detector has seen, without them all pictures. */
function toggleBoxes() {
  const button = byId('boxes');
  const isOn = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(isOn));
  live.wantsResults = isOn;
}

byId('boxes').addEventListener('click', toggleBoxes);
document.addEventListener('keydown', ({ key, target, ctrlKey, metaKey, altKey }) => {
  const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  if (key === 'b' && !(isTyping || ctrlKey || metaKey || altKey) && !byId('boxes').hidden) toggleBoxes();
});

function showView() {
  const isRecordings = location.hash === '#recordings' && !byId('to-recordings').hidden;
  byId('live').hidden = isRecordings;
  byId('recordings').hidden = !isRecordings;
  for (const [id, isCurrent] of [
    ['to-live', !isRecordings],
    ['to-recordings', isRecordings],
  ]) {
    if (isCurrent) byId(id).setAttribute('aria-current', 'page');
    else byId(id).removeAttribute('aria-current');
  }
  live.isWanted = !isRecordings;
  recordings.isShown = isRecordings;
  if (isRecordings) {
    isConnected = true;
    summary = '';
    showStatus();
  }
}

async function readAbout() {
  try {
    const response = await fetch('/api/about', { headers: { 'x-requested-with': 'page' } });
    if (response.status === 401) goToLogin();
    if (!response.ok) return;
    const { hasPassword, hasRecordings, hasInvitations, mayForget: isAllowed } = await response.json();
    mayForget = isAllowed;
    byId('log-out').hidden = !hasPassword;
    byId('to-recordings').hidden = !hasRecordings;
    invite.isOffered = hasInvitations;
  } catch {
    // The status of the live stream says that the receiver is away.
  }
}

const host = location.hostname.replace(/^\[|\]$/g, '');
byId('commands').textContent = ['rpicam', 'camera', 'pattern']
  .map((source) => `image-sender ${source} --host ${host}`)
  .join('\n');
window.addEventListener('hashchange', showView);
await readAbout();
showView();
