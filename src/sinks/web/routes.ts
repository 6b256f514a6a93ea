import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { CameraForgetter } from '../../frames/forget-camera.ts';
import type { ResultHub } from '../../frames/results/result-hub.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { CameraInviter } from '../camera-inviter.ts';
import type { RecordingIndex } from '../recording-index.ts';
import type { AccessControl } from './access/access-control.ts';
import { addLoginRoutes } from './access/login-routes.ts';
import { type Assets, pageFiles } from './assets.ts';
import { cacheFor } from './cache-for.ts';
import type { RequestHandler } from './http/http-exchange.ts';
import { Router } from './http/router.ts';
import { addInvitationRoutes } from './invitations/invitation-routes.ts';
import { addCameraRoutes } from './live/camera-routes.ts';
import { addForgetRoute } from './live/forget-route.ts';
import type { LiveHub } from './live/live-hub.ts';
import { LiveStreams } from './live/live-streams.ts';
import { addResultRoutes } from './live/result-routes.ts';
import { addVisionRoute } from './live/vision-route.ts';
import { addRecordingRoutes } from './recordings/recording-routes.ts';
import type { WebStats } from './web-stats.ts';

/** Gives all figures for Prometheus, and the type that HTTP calls them. */
export type MetricsSource = () => { readonly type: string; readonly text: string };

/** The routes take from these what they send. */
export interface RouteSources {
  readonly cameras: CameraRegistry;
  readonly forgetter: CameraForgetter;
  readonly hub: LiveHub;
  readonly access: AccessControl;
  readonly assets: Assets;
  readonly stats: WebStats;
  readonly recordings: RecordingIndex | undefined;
  readonly results: ResultHub;
  readonly inviter: CameraInviter | undefined;
  readonly metrics: MetricsSource | undefined;
}

export function makeRequestHandler(sources: RouteSources, log: Log): RequestHandler {
  const { access } = sources;
  const [open, closed] = [makeOpenRoutes(sources), makeClosedRoutes(sources)];
  const limited = new LimitedLog(log);

  const handle: RequestHandler = async (exchange) => {
    // Two servers may each believe another of them (RFC 9112, section 3.2).
    if (exchange.countHeader('host') > 1) return access.reject(exchange, 400, 'A request must have one Host header');
    // Monitoring asks for this one, by whatever name it knows this machine.
    if (exchange.path === '/healthz') return exchange.sendText(200, 'ok');
    if (!access.checkOrigin(exchange)) return;
    if (open.has(exchange.path)) return open.serve(exchange);
    if (!(await access.authenticate(exchange))) return;
    exchange.connection.isAuthorized = true;
    await closed.serve(exchange);
  };

  return async (exchange) => {
    try {
      await handle(exchange);
    } catch (error) {
      if (exchange.isClosed) return;
      const { message } = error as Error;
      limited.warn('fault', `--web: cannot answer ${exchange.method} ${exchange.path.slice(0, 100)}: ${message}`);
      if (exchange.response.headersSent) exchange.response.destroy();
      else exchange.sendText(500, 'The receiver could not do that');
    }
  };
}

/** Those that need no password: the log-in form and its files. */
function makeOpenRoutes({ access, assets }: RouteSources): Router {
  const router = new Router();
  for (const name of ['page.css', 'icon.svg'] as const) addAsset(router, `/${name}`, assets, name);
  addLoginRoutes(router, access, assets);
  return router;
}

function makeClosedRoutes(sources: RouteSources): Router {
  const { hub, access, assets, stats, recordings, results, inviter, metrics } = sources;
  const router = new Router();
  addAsset(router, '/', assets, 'index.html');
  for (const name of pageFiles) if (name.endsWith('.js')) addAsset(router, `/${name}`, assets, name);
  addCameraRoutes(router, hub, new LiveStreams(hub, stats));
  addResultRoutes(router, hub, stats);
  addVisionRoute(router, results);
  if (recordings !== undefined) addRecordingRoutes(router, recordings);
  addForgetRoute(router, sources);
  if (inviter !== undefined) addInvitationRoutes(router, access, inviter);
  const about = {
    hasPassword: access.hasPassword,
    hasRecordings: recordings !== undefined,
    hasInvitations: inviter !== undefined,
  };
  router.get('/api/about', (exchange) => {
    exchange.sendJson(JSON.stringify({ ...about, mayForget: access.mayChange(exchange) }));
  });
  if (metrics !== undefined) {
    const render = cacheFor(metrics);
    router.get('/metrics', (exchange) => exchange.send(200, { 'content-type': render().type }, render().text));
  }
  return router;
}

function addAsset(router: Router, path: string, assets: Assets, name: (typeof pageFiles)[number]): void {
  const { type, etag, text } = assets.get(name);
  // A browser asks each time whether its copy is still good, so that it shows a new version of the
  // program at once.
  const headers = { 'content-type': type, etag, 'cache-control': 'no-cache' };
  router.get(path, (exchange) => {
    if (exchange.header('if-none-match') === etag) exchange.send(304, headers);
    else exchange.send(200, headers, text);
  });
}
