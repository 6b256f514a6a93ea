import type { RecordingIndex } from '../../recording-index.ts';
import { readRange } from '../http/byte-range.ts';
import type { HttpExchange } from '../http/http-exchange.ts';
import type { Router } from '../http/router.ts';
import { framedType } from '../live/live-streams.ts';
import { findRecording, nameDownload, reportRecordings, sendFile, sendRecording, typeOf } from './recordings.ts';

const maxStartMs = 1e12;

/** Adds the addresses of recordings: the list, the files, and their pictures. */
export function addRecordingRoutes(router: Router, index: RecordingIndex): void {
  router.get('/recordings', async (exchange) => {
    const recordings = await reportRecordings(index, exchange.query.get('camera') ?? undefined);
    exchange.sendJson(JSON.stringify({ recordings }));
  });
  router.get('/recordings/', (exchange, id) => download(exchange, index, id));
  router.get('/api/play', (exchange) => play(exchange, index));
}

async function download(exchange: HttpExchange, index: RecordingIndex, id: string): Promise<void> {
  const info = await findRecording(index, id);
  const file = info === undefined ? undefined : await index.open(info.id);
  if (info === undefined || file === undefined) return sendUnknown(exchange);
  const { path, bytes } = file;
  const range = readRange(exchange.header('range'), bytes);
  if (range === 'none') return exchange.send(416, { 'content-range': `bytes */${bytes}` });
  const { first, last } = range ?? { first: 0, last: bytes - 1 };
  const headers = {
    'content-type': typeOf(path),
    'content-length': String(last - first + 1),
    'content-disposition': `attachment; filename="${nameDownload(info, path)}"`,
    'accept-ranges': 'bytes',
    ...(range === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${bytes}` }),
  };
  const response = exchange.stream(range === undefined ? 200 : 206, headers);
  if (response !== undefined) await sendFile(response, path, first, last - first + 1);
}

async function play(exchange: HttpExchange, index: RecordingIndex): Promise<void> {
  const info = await findRecording(index, exchange.query.get('id') ?? '');
  if (info === undefined) return sendUnknown(exchange);
  if (!info.isPlayable) return exchange.sendText(409, 'That recording no longer consists of JPEGs: download it');
  const from = exchange.query.get('from') ?? '0';
  const fromMs = /^\d{1,12}(\.\d{1,6})?$/.test(from) ? Number(from) : Number.NaN;
  if (!(fromMs < maxStartMs)) return exchange.sendText(400, 'from must be a number of milliseconds');
  const response = exchange.stream(200, { 'content-type': framedType });
  if (response !== undefined) await sendRecording(response, index, info, fromMs);
}

function sendUnknown(exchange: HttpExchange): void {
  exchange.sendText(404, 'There is no such recording');
}
