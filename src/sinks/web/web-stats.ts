/** Why a request or a connection was refused. */
export type RefusalReason = 'password' | 'connections' | 'request' | 'origin';

/** Counts of the page's server, for the figures of the program. */
export class WebStats {
  /** Streams that are open now: of pages, and of players of single cameras. */
  viewers = 0;
  /** Frames sent to them. */
  frames = 0;
  readonly refused: Record<RefusalReason, number> = { password: 0, connections: 0, request: 0, origin: 0 };
}
