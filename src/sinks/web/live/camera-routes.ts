import { cacheFor } from '../cache-for.ts';
import type { HttpExchange } from '../http/http-exchange.ts';
import type { Router } from '../http/router.ts';
import type { LiveHub } from './live-hub.ts';
import { framedType, type LiveStreams, multipartType } from './live-streams.ts';

const jpegEnding = '.jpg';

/** Adds the addresses of cameras: their list, their pictures, and the page's own stream. */
export function addCameraRoutes(router: Router, hub: LiveHub, streams: LiveStreams): void {
  const describeAll = cacheFor(() => JSON.stringify({ cameras: hub.reports() }));
  router.get('/api/cameras', (exchange) => exchange.sendJson(describeAll()));

  router.get('/api/live', async (exchange) => {
    // A camera that is not known yet may come.
    const key = exchange.query.get('camera') ?? undefined;
    const response = exchange.stream(200, { 'content-type': framedType });
    const wantsResults = exchange.query.has('results');
    if (response !== undefined) await streams.sendFramed(response, { key, wantsResults });
  });

  router.get('/stream/', async (exchange, name) => {
    const found = hub.find(name);
    if (found === undefined) return sendUnknown(exchange);
    // As mjpg-streamer does: the simplest players do not know chunks.
    exchange.response.removeHeader('transfer-encoding');
    const response = exchange.stream(200, { 'content-type': multipartType, connection: 'close' });
    if (response !== undefined) await streams.sendMultipart(response, found.camera.key);
  });

  router.get('/snapshot/', (exchange, file) => {
    const found = file.endsWith(jpegEnding) ? hub.find(file.slice(0, -jpegEnding.length)) : undefined;
    if (found === undefined) return sendUnknown(exchange);
    if (found.slot === undefined) {
      return exchange.sendText(503, 'There is no picture of that camera yet', { 'retry-after': '1' });
    }
    const { camera, frame } = found.slot;
    const headers = {
      'content-type': 'image/jpeg',
      'last-modified': new Date(frame.receivedAtUs / 1000).toUTCString(),
      'x-camera-online': String(camera.isOnline),
    };
    exchange.send(200, headers, frame.jpeg);
  });
}

function sendUnknown(exchange: HttpExchange): void {
  exchange.sendText(404, 'There is no such camera: /api/cameras lists all of them');
}
