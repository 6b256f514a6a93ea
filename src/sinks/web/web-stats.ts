/** Why a request or a connection was rejected. */
export type RejectionReason = 'password' | 'connections' | 'request' | 'origin';

/** Counts of the page's server, for the figures of the program. */
export class WebStats {
  /** Streams that are open now: of pages, and of players of single cameras. */
  viewers = 0;
  /** Frames sent to them. */
  frames = 0;
  readonly rejected: Record<RejectionReason, number> = { password: 0, connections: 0, request: 0, origin: 0 };
}
