import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { RecordingIndex, RecordingInfo } from './recording-index.ts';
import type { StreamingResponse } from './streaming-response.ts';

const chunkBytes = 64 * 1024;
const types: Readonly<Record<string, string>> = {
  '.mkv': 'video/x-matroska',
  '.mp4': 'video/mp4',
  '.avi': 'video/x-msvideo',
  '.mjpeg': 'video/x-motion-jpeg',
};

/** What is told of a recording as JSON. */
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
export async function reportRecordings(
  recordingIndex: RecordingIndex,
  camera: string | undefined,
): Promise<RecordingReport[]> {
  const found = (await recordingIndex.list()).filter(
    (recording) => camera === undefined || recording.camera === camera,
  );
  return found.sort((a, b) => b.startedAtUs - a.startedAtUs).map(reportRecording);
}

function reportRecording(recording: RecordingInfo): RecordingReport {
  const { id, camera, startedAtUs, bytes, isBeingWritten, isPlayable } = recording;
  const durationMs = recording.durationMs === undefined ? null : Math.round(recording.durationMs);
  const startedAt = new Date(startedAtUs / 1000).toISOString();
  const url = `/recordings/${id.split('/').map(encodeURIComponent).join('/')}`;
  return { id, camera, startedAt, durationMs, bytes, isBeingWritten, isPlayable, url };
}

export async function findRecording(recordingIndex: RecordingIndex, id: string): Promise<RecordingInfo | undefined> {
  return (await recordingIndex.list()).find((recording) => recording.id === id);
}

/** How a file is called when it is downloaded: camera and time, with the file's own ending. */
export function nameDownload({ camera, startedAtUs }: RecordingInfo, path: string): string {
  const time = new Date(startedAtUs / 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${camera}_${time}Z${extname(path)}`.replaceAll(/[^0-9A-Za-z._-]/g, '-');
}

export function typeOf(path: string): string {
  return types[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

/** Sends that part of a file as fast as it is taken. */
export async function sendFile(response: StreamingResponse, path: string, first: number, bytes: number): Promise<void> {
  try {
    await using file = await open(path, 'r');
    for (let at = first; at < first + bytes; ) {
      const wanted = Math.min(chunkBytes, first + bytes - at);
      const { bytesRead, buffer } = await file.read(new Uint8Array(wanted), 0, wanted, at);
      // It was cut off or is gone: that must not look like the whole.
      if (bytesRead === 0) return response.destroy();
      at += bytesRead;
      if (!(await response.send(buffer.subarray(0, bytesRead)))) return;
    }
    response.end();
  } catch {
    response.destroy();
  }
}

/** Plays a recording as framed pictures as fast as they are taken: whoever looks keeps the time himself. */
export async function sendRecording(
  response: StreamingResponse,
  recordingIndex: RecordingIndex,
  info: RecordingInfo,
  fromMs: number,
) {
  try {
    for await (const { jpeg, capturedAtUs } of recordingIndex.frames(info.id, fromMs, response.signal)) {
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
