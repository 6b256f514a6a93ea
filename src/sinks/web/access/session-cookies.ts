import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** When there are more, the oldest ends. */
const maxSessions = 1000;

interface Session {
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  /** Responses that are being sent under it: they end with the session, streams above all. */
  readonly responses: Set<ServerResponse>;
  readonly timer: NodeJS.Timeout;
}

/**
 * The sessions of those who have logged in. A session ends with the log-out, at its maximum age, or
 * with the program. A browser keeps a random id: a copy of it is worth nothing when the session has
 * ended.
 */
export class SessionCookies {
  readonly #maxAgeMs: number;
  /** By the digest of the id, so that nobody can guess an id by timing; the oldest first. */
  readonly #sessions = new Map<string, Session>();

  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs;
  }

  /** Gives the id of the new session. */
  begin(): string {
    const id = randomBytes(32).toString('base64url');
    const timer = setTimeout(() => this.end(id), this.#maxAgeMs).unref();
    this.#sessions.set(digest(id), { untilMs: Date.now() + this.#maxAgeMs, responses: new Set(), timer });
    const oldest = this.#sessions.keys().next().value;
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#end(oldest);
    return id;
  }

  /** Whether there is such a session; if so the response ends with it. */
  admit(id: string, response: ServerResponse): boolean {
    const session = this.#sessions.get(digest(id));
    // The timer stops while the machine sleeps.
    if (session === undefined || session.untilMs <= Date.now()) return false;
    session.responses.add(response);
    response.once('close', () => session.responses.delete(response));
    return true;
  }

  /** Ends a session, and the responses that are being sent under it. */
  end(id: string): void {
    this.#end(digest(id));
  }

  #end(key: string): void {
    const session = this.#sessions.get(key);
    this.#sessions.delete(key);
    clearTimeout(session?.timer);
    for (const response of session?.responses ?? []) response.destroy();
  }
}

function digest(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
