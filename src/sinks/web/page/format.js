import { describeDetections } from './boxes.js';

// Numbers and times for people.

/** @param {number} seconds */
export function formatDuration(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** As players show it: 1:05, or 1:02:05. @param {number} ms */
export function formatPosition(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/**
 * The time of day, and before it the day where that is not today.
 * @param {Date} date
 * @param {Date} now
 */
export function formatMoment(date, now) {
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${time}`;
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A length of time with its unit. @param {number} ms */
export function formatLength(ms) {
  const size = Math.abs(ms);
  if (size < 10) return `${ms.toFixed(1)} ms`;
  if (size < 10_000) return `${Math.round(ms)} ms`;
  return `${Math.round(ms / 1000)} s`;
}

/** `12 / 30 ms`: half of the frames take at most the first time, 95 % at most the second. */
export function formatLatency({ latencyMs, online }) {
  if (latencyMs !== null) return `${formatLength(latencyMs.p50).replace(/ ms$/, '')} / ${formatLength(latencyMs.p95)}`;
  return online ? 'clocks not compared' : '–';
}

/** `Offline since 12:31 (5 min)`. */
export function formatOffline(since, now) {
  const date = new Date(since);
  return `Offline since ${formatMoment(date, now)} (${formatDuration((now - date) / 1000)})`;
}

/** For names of files. @param {Date} date */
export function formatTimestamp(date) {
  return date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}

/** @param detector as in /api/cameras */
export function describeDetector({ fps, ageMs, detections }) {
  const age = ageMs === null ? '' : `, ${Math.round(ageMs)} ms old`;
  return `${describeDetections(detections)} (${fps.toFixed(1)} results a second${age})`;
}
