import type { Hono } from 'hono';
import { alreadySent, isHead } from './already-sent.ts';
import { readRange } from './byte-range.ts';
import type { WebEnvironment } from './environment.ts';
import { framedType } from './live-streams.ts';
import type { RecordingIndex } from './recording-index.ts';
import { findRecording, nameDownload, reportRecordings, sendFile, sendRecording, typeOf } from './recordings.ts';
import { StreamingResponse } from './streaming-response.ts';

const longestMs = 1e12;

/** Adds the addresses of recordings: the list, the files, and their pictures. */
export function addRecordingRoutes(app: Hono<WebEnvironment>, recordingIndex: RecordingIndex): void {
  app.get('/recordings', async (c) =>
    c.json({ recordings: await reportRecordings(recordingIndex, c.req.query('camera')) }),
  );

  app.get('/recordings/:id{.+}', async (c) => {
    const info = await findRecording(recordingIndex, c.req.param('id'));
    const file = info === undefined ? undefined : await recordingIndex.open(info.id);
    if (info === undefined || file === undefined) return c.text('There is no such recording\n', 404);
    const { path, bytes } = file;
    const range = readRange(c.req.header('range'), bytes);
    if (range === 'none') return c.body(null, 416, { 'content-range': `bytes */${bytes}` });
    const { first, last } = range ?? { first: 0, last: bytes - 1 };
    const headers = {
      'content-type': typeOf(path),
      'content-length': String(last - first + 1),
      'content-disposition': `attachment; filename="${nameDownload(info, path)}"`,
      'accept-ranges': 'bytes',
      ...(range === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${bytes}` }),
    };
    const response = new StreamingResponse(c.env.outgoing, headers, range === undefined ? 200 : 206);
    if (isHead(c)) response.end();
    else void sendFile(response, path, first, last - first + 1);
    return alreadySent();
  });

  app.get('/api/play', async (c) => {
    const info = await findRecording(recordingIndex, c.req.query('id') ?? '');
    if (info === undefined) return c.text('There is no such recording\n', 404);
    if (!info.isPlayable) return c.text('That recording is no longer made of JPEGs: download it\n', 409);
    const from = c.req.query('from') ?? '0';
    const fromMs = /^\d{1,12}(\.\d{1,6})?$/.test(from) ? Number(from) : Number.NaN;
    if (!(fromMs < longestMs)) return c.text('from must be a number of milliseconds\n', 400);
    const response = new StreamingResponse(c.env.outgoing, { 'content-type': framedType });
    if (isHead(c)) response.end();
    else void sendRecording(response, recordingIndex, info, fromMs);
    return alreadySent();
  });
}
