import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { RecordingIndex, RecordingInfo } from '../../recording-index.ts';
import type { StreamingResponse } from '../http/streaming-response.ts';

const chunkBytes = 64 * 1024;
const types: Readonly<Record<string, string>> = {
  '.mkv': 'video/x-matroska',
  '.mp4': 'video/mp4',
  '.avi': 'video/x-msvideo',
  '.mjpeg': 'video/x-motion-jpeg',
};

/** A recording as the JSON of `/recordings` describes it. */
export interface RecordingReport {
  readonly id: string;
  readonly camera: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly bytes: number;
  readonly isBeingWritten: boolean;
  readonly isPlayable: boolean;
  readonly url: string;
}

/** The newest first. */
export async function reportRecordings(index: RecordingIndex, camera: string | undefined): Promise<RecordingReport[]> {
  const found = (await index.list()).filter((recording) => camera === undefined || recording.camera === camera);
  return found.sort((a, b) => b.startedAtUs - a.startedAtUs).map(reportRecording);
}

function reportRecording(recording: RecordingInfo): RecordingReport {
  const { id, camera, startedAtUs, bytes, isBeingWritten, isPlayable } = recording;
  const durationMs = recording.durationMs === undefined ? null : Math.round(recording.durationMs);
  const startedAt = new Date(startedAtUs / 1000).toISOString();
  const url = `/recordings/${id.split('/').map(encodeURIComponent).join('/')}`;
  return { id, camera, startedAt, durationMs, bytes, isBeingWritten, isPlayable, url };
}

export async function findRecording(index: RecordingIndex, id: string): Promise<RecordingInfo | undefined> {
  return (await index.list()).find((recording) => recording.id === id);
}

/** The name under which a browser saves a file: camera and time, with the extension of the file. */
export function nameDownload({ camera, startedAtUs }: RecordingInfo, path: string): string {
  const time = new Date(startedAtUs / 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${camera}_${time}Z${extname(path)}`.replaceAll(/[^0-9A-Za-z._-]/g, '-');
}

export function typeOf(path: string): string {
  return types[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

/** Sends a part of a file as fast as the client takes it. */
export async function sendFile(response: StreamingResponse, path: string, first: number, bytes: number): Promise<void> {
  try {
    await using file = await open(path, 'r');
    for (let at = first; at < first + bytes; ) {
      const wanted = Math.min(chunkBytes, first + bytes - at);
      const { bytesRead, buffer } = await file.read(new Uint8Array(wanted), 0, wanted, at);
      // The file has become shorter: the client must not take the rest for the whole.
      if (bytesRead === 0) return response.destroy();
      at += bytesRead;
      if (!(await response.send(buffer.subarray(0, bytesRead)))) return;
    }
    response.end();
  } catch {
    response.destroy();
  }
}

/**
 * Sends the pictures of a recording as fast as the client takes them: the client keeps the time.
 */
export async function sendRecording(
  response: StreamingResponse,
  index: RecordingIndex,
  info: RecordingInfo,
  fromMs: number,
) {
  try {
    for await (const { jpeg, capturedAtUs } of index.frames(info.id, fromMs, response.signal)) {
      const atMs = Math.round((capturedAtUs - info.startedAtUs) / 100) / 10;
      const capturedAt = new Date(capturedAtUs / 1000).toISOString();
      const line = JSON.stringify({ type: 'recorded', camera: info.camera, capturedAt, atMs, bytes: jpeg.length });
      if (!(await response.send(`${line}\n`, jpeg))) return;
    }
    await response.send(`${JSON.stringify({ type: 'end' })}\n`);
    response.end();
  } catch {
    response.destroy();
  }
}
