import { Hono } from 'hono';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { AccessControl } from './access-control.ts';
import type { Assets } from './assets.ts';
import { addCameraRoutes } from './camera-routes.ts';
import type { WebContext, WebEnvironment } from './environment.ts';
import type { LiveHub } from './live-hub.ts';
import { LiveStreams } from './live-streams.ts';
import type { RecordingIndex } from './recording-index.ts';
import { addRecordingRoutes } from './recording-routes.ts';
import { shareAnswer } from './share-answer.ts';
import { strictHeaders } from './strict-headers.ts';
import type { WebStats } from './web-stats.ts';

/** Gives all figures for Prometheus, and the type that HTTP calls them. */
export type MetricsSource = () => { readonly type: string; readonly text: string };

export interface Served {
  readonly hub: LiveHub;
  readonly access: AccessControl;
  readonly assets: Assets;
  readonly stats: WebStats;
  readonly recordings: RecordingIndex | undefined;
  readonly metrics: MetricsSource | undefined;
  /** Whoever asks for it may: its connection is one to keep. */
  readonly onWelcome: (c: WebContext) => void;
}

/** Files that the log-in form needs. */
const publicFiles = ['page.css', 'icon.svg'];

/** All addresses of the page's server. */
export function makeRoutes({ hub, access, assets, stats, recordings, metrics, onWelcome }: Served, log: Log) {
  const app = new Hono<WebEnvironment>();
  const limited = new LimitedLog(log);
  app.onError((error, c) => {
    limited.warn('fault', `--web: cannot answer ${c.req.method} ${c.req.path.slice(0, 100)}: ${error.message}`);
    return c.text('The receiver could not do that\n', 500);
  });
  app.notFound((c) => c.text('There is nothing at that address\n', 404));
  app.use('*', async (c, next) => {
    stats.requests++;
    await next();
    for (const [name, value] of Object.entries(strictHeaders)) {
      if (name !== 'cache-control' || !c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  });
  // Others than people ask for it, by whatever name they know this machine.
  app.get('/healthz', (c) => c.text('ok\n'));
  app.use('*', (c, next) => access.keepStrangePagesOut(c, next));
  for (const name of publicFiles) app.get(`/${name}`, (c) => sendAsset(c, assets, name));
  access.addTo(app);
  app.use('*', (c, next) => access.askForPassword(c, next));
  app.use('*', (c, next) => {
    onWelcome(c);
    return next();
  });
  app.get('/', (c) => sendAsset(c, assets, 'index.html'));
  app.get('/:file{[a-z-]+\\.js}', (c) => sendAsset(c, assets, c.req.param('file')));
  addCameraRoutes(app, hub, new LiveStreams(hub, stats));
  if (recordings !== undefined) addRecordingRoutes(app, recordings);
  app.get('/api/about', (c) => c.json({ hasPassword: access.hasPassword, hasRecordings: recordings !== undefined }));
  const renderMetrics = metrics && shareAnswer(metrics);
  app.get('/metrics', (c) => {
    if (renderMetrics === undefined) return c.notFound();
    const { type, text } = renderMetrics();
    return c.body(text, 200, { 'content-type': type });
  });
  return app;
}

function sendAsset(c: WebContext, assets: Assets, name: string): Response | Promise<Response> {
  const asset = assets.find(name);
  if (asset === undefined) return c.notFound();
  // A new version of the program is seen at once.
  const headers = { 'content-type': asset.type, etag: asset.etag, 'cache-control': 'no-cache' };
  if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304, headers);
  return c.body(asset.text, 200, headers);
}
