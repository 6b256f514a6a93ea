/** Why a request or a connection was refused. */
export type RefusalReason = 'password' | 'connections' | 'request' | 'origin';

/** What the page's server has done, for figures and metrics. */
export class WebStats {
  /** Streams that are open now: pages, and players of single cameras. */
  viewers = 0;
  /** Frames sent to them. */
  frames = 0;
  /** Requests that were answered, however. */
  requests = 0;
  readonly refused: Record<RefusalReason, number> = { password: 0, connections: 0, request: 0, origin: 0 };
}
