import { getRequestListener } from '@hono/node-server';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import type { Log } from '../../system/log.ts';
import type { Sink, SinkStats } from '../sink.ts';
import { AccessControl } from './access-control.ts';
import { Assets } from './assets.ts';
import { LiveHub } from './live-hub.ts';
import type { RecordingIndex } from './recording-index.ts';
import { type MetricsSource, makeRoutes } from './routes.ts';
import { WebServer, type WebServerSettings } from './web-server.ts';
import { WebStats } from './web-stats.ts';

export interface WebSettings extends WebServerSettings {
  /** The password; undefined: everyone who reaches the page may look. */
  readonly token: Uint8Array | undefined;
  /** What is recorded; undefined: nothing is. */
  readonly recordings: RecordingIndex | undefined;
  /** For /metrics; undefined: there is none. */
  readonly metrics: MetricsSource | undefined;
}

/** Shows the newest picture of each camera to any number of browsers and other programs, to each as fast as it can take them. */
export class WebSink implements Sink {
  readonly #hub: LiveHub;
  readonly #server: WebServer;
  readonly webStats: WebStats;

  private constructor(hub: LiveHub, server: WebServer, stats: WebStats) {
    this.#hub = hub;
    this.#server = server;
    this.webStats = stats;
  }

  /** @throws CodedError LISTEN_FAILED */
  static async open(settings: WebSettings, cameras: CameraRegistry, log: Log): Promise<WebSink> {
    const { host, tls, token: password, recordings, metrics } = settings;
    const assets = await Assets.load();
    const stats = new WebStats();
    const hub = new LiveHub(cameras);
    const access = new AccessControl({ host, isSecure: tls !== undefined, password }, assets, stats, log);
    let server: WebServer | undefined;
    const onWelcome = (c: { env: { incoming: Parameters<WebServer['welcome']>[0] } }) =>
      server?.welcome(c.env.incoming);
    const app = makeRoutes({ hub, access, assets, stats, recordings, metrics, onWelcome }, log);
    const listener = getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
      overrideGlobalObjects: false,
    });
    try {
      server = await WebServer.open(settings, listener, stats, log);
    } catch (error) {
      hub.close();
      throw error;
    }
    return new WebSink(hub, server, stats);
  }

  /** Where the page is, with the real ports. */
  get addresses(): { address: string; port: number }[] {
    return this.#server.addresses;
  }

  /** What a viewer is not shown as he is slow is no loss. */
  get stats(): SinkStats {
    const none = { dropped: 0, failures: 0, waitingFrames: 0, waitingBytes: 0 };
    return { name: 'web', done: this.webStats.frames, ...none };
  }

  write(frame: ReceivedFrame): boolean {
    this.#hub.take(frame);
    return true;
  }

  async close(): Promise<void> {
    this.#hub.close();
    await this.#server.close();
  }
}
