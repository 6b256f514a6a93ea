import type { Camera } from '../../../frames/camera.ts';
import { type FrameResult, formatPublicResult } from '../../../frames/results/frame-result.ts';
import type { Router } from '../http/router.ts';
import type { StreamingResponse } from '../http/streaming-response.ts';
import type { WebStats } from '../web-stats.ts';
import type { LiveHub } from './live-hub.ts';

const eventsEnding = '/events';
/** A comment, which keeps proxies from ending a stream that is silent. */
const silenceMs = 15_000;

/** Adds the addresses of a detector's results: the last of a camera, and a stream of them. */
export function addResultRoutes(router: Router, hub: LiveHub, stats: WebStats): void {
  router.get('/api/results/', async (exchange, name) => {
    const isStream = name.endsWith(eventsEnding);
    const found = hub.find(isStream ? name.slice(0, -eventsEnding.length) : name);
    if (found === undefined) {
      exchange.sendText(404, 'There is no such camera: /api/cameras lists all of them');
      return;
    }
    const { camera } = found;
    if (isStream) {
      const response = exchange.stream(200, { 'content-type': 'text/event-stream' });
      if (response !== undefined) await sendEvents(response, camera, hub, stats);
      return;
    }
    const last = hub.results.last(camera);
    if (last !== undefined) exchange.sendJson(formatPublicResult(last));
    else exchange.sendText(503, 'There is no result for that camera yet', { 'retry-after': '1' });
  });
}

/** The newest result each time that the client has room. */
async function sendEvents(response: StreamingResponse, camera: Camera, hub: LiveHub, stats: WebStats): Promise<void> {
  const { signal } = response;
  let sent: FrameResult | undefined = hub.results.last(camera);
  let sentMs = performance.now();
  stats.viewers++;
  try {
    await response.send(': results\n\n');
    while (!signal.aborted) {
      const last = hub.results.last(camera);
      const isSilent = performance.now() - sentMs > silenceMs;
      if (last === sent && !isSilent) {
        await hub.wait(camera.key, signal);
        continue;
      }
      await response.send(last === sent || last === undefined ? ':\n\n' : `data: ${formatPublicResult(last)}\n\n`);
      sent = last;
      sentMs = performance.now();
    }
  } finally {
    stats.viewers--;
  }
}
