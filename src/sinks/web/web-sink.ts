import type { CameraRegistry } from '../../frames/camera-registry.ts';
import { CameraForgetter } from '../../frames/forget-camera.ts';
import type { ReceivedFrame } from '../../frames/received-frame.ts';
import { ResultHub } from '../../frames/results/result-hub.ts';
import type { Log } from '../../system/log.ts';
import type { CameraInviter } from '../camera-inviter.ts';
import type { RecordingIndex } from '../recording-index.ts';
import type { Sink, SinkStats } from '../sink.ts';
import { AccessControl } from './access/access-control.ts';
import { Assets } from './assets.ts';
import { WebServer, type WebServerSettings } from './http/web-server.ts';
import { LiveHub } from './live/live-hub.ts';
import { type MetricsSource, makeRequestHandler } from './routes.ts';
import { WebStats } from './web-stats.ts';

export interface WebSettings extends WebServerSettings {
  /** The password; undefined: everyone who can reach the page may look. */
  readonly token: Uint8Array | undefined;
  /** The recordings to list and play; undefined: nothing is recorded. */
  readonly recordings: RecordingIndex | undefined;
  /** Of a detector; undefined: there is none. */
  readonly results?: ResultHub | undefined;
  /** Has cameras forgotten; undefined: it knows of none that joined. */
  readonly forgetter?: CameraForgetter | undefined;
  /** Undefined: no camera can join. */
  readonly inviter?: CameraInviter | undefined;
  /** For /metrics; undefined: there is no such address. */
  readonly metrics: MetricsSource | undefined;
}

/**
 * Shows the newest picture of each camera to any number of browsers and other programs, to each as
 * fast as it can take them.
 */
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
    const { host, tls, token: password, recordings, results = new ResultHub(), inviter, metrics } = settings;
    const { forgetter = new CameraForgetter(cameras, log) } = settings;
    const assets = await Assets.load();
    const stats = new WebStats();
    const hub = new LiveHub(cameras, results);
    const access = new AccessControl({ host, isSecure: tls !== undefined, password }, stats, log);
    const sources = { cameras, forgetter, hub, access, assets, stats, recordings, results, inviter, metrics };
    const handle = makeRequestHandler(sources, log);
    try {
      return new WebSink(hub, await WebServer.open(settings, handle, stats, log), stats);
    } catch (error) {
      hub.close();
      throw error;
    }
  }

  /** Addresses of the page, with the real ports. */
  get addresses(): { address: string; port: number }[] {
    return this.#server.addresses;
  }

  /** Frames that a slow viewer is not shown do not count as dropped. */
  get stats(): SinkStats {
    const none = { dropped: 0, failures: 0, waitingFrames: 0, waitingBytes: 0 };
    return { name: 'web', done: this.webStats.frames, ...none, clients: this.webStats };
  }

  write(frame: ReceivedFrame): boolean {
    this.#hub.update(frame);
    return true;
  }

  async close(): Promise<void> {
    this.#hub.close();
    await this.#server.close();
  }
}
