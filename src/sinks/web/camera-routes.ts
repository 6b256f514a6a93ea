import type { Hono } from 'hono';
import { alreadySent, isHead } from './already-sent.ts';
import type { WebContext, WebEnvironment } from './environment.ts';
import type { LiveHub } from './live-hub.ts';
import { framedType, type LiveStreams, multipartType } from './live-streams.ts';
import { shareAnswer } from './share-answer.ts';
import { StreamingResponse } from './streaming-response.ts';

/** Adds the addresses of cameras: their list, their pictures, and the page's own stream. */
export function addCameraRoutes(app: Hono<WebEnvironment>, hub: LiveHub, streams: LiveStreams): void {
  const describeAll = shareAnswer(() => JSON.stringify({ cameras: hub.reports() }));
  app.get('/api/cameras', (c) => c.body(describeAll(), 200, { 'content-type': 'application/json' }));

  app.get('/api/live', (c) => {
    // One that is not here may come.
    const key = c.req.query('camera');
    const response = new StreamingResponse(c.env.outgoing, { 'content-type': framedType });
    if (isHead(c)) response.end();
    else void streams.sendFramed(response, key);
    return alreadySent();
  });

  app.get('/stream/:key', (c) => {
    const found = hub.find(c.req.param('key'));
    if (found === undefined) return sendUnknown(c);
    const { key } = found.camera;
    const { outgoing } = c.env;
    // As mjpg-streamer does: the simplest players know no chunks.
    outgoing.removeHeader('transfer-encoding');
    const response = new StreamingResponse(outgoing, { 'content-type': multipartType, connection: 'close' });
    if (isHead(c)) response.end();
    else void streams.sendMultipart(response, key);
    return alreadySent();
  });

  app.get('/snapshot/:file{.+\\.jpg}', (c) => {
    const found = hub.find(c.req.param('file').slice(0, -'.jpg'.length));
    if (found === undefined) return sendUnknown(c);
    if (found.slot === undefined)
      return c.text('There is no picture of that camera yet\n', 503, { 'retry-after': '1' });
    const { camera, frame } = found.slot;
    // A copy would not be worth it: the bytes are never written to.
    return c.body(frame.jpeg as Uint8Array<ArrayBuffer>, 200, {
      'content-type': 'image/jpeg',
      'last-modified': new Date(frame.receivedAtUs / 1000).toUTCString(),
      'x-camera-online': String(camera.isOnline),
    });
  });
}

function sendUnknown(c: WebContext): Response {
  return c.text('There is no such camera: /api/cameras has them all\n', 404);
}
