import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** When there are more, the oldest is over. */
const maxSessions = 1000;

interface Session {
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  /** What is being sent under it: streams go on for as long as they may. */
  readonly responses: Set<ServerResponse>;
  readonly timer: NodeJS.Timeout;
}

/**
 * The visits of those who have logged in, each from the log-in to the log-out, to its age, or to the end of the program. What a browser
 * keeps is a random id: a copy of it is worth nothing when the visit is over.
 */
export class SessionCookies {
  readonly #ageMs: number;
  /** By the digest of the id, so that nobody can find one by timing; the oldest first. */
  readonly #sessions = new Map<string, Session>();

  constructor(ageMs: number) {
    this.#ageMs = ageMs;
  }

  /** Gives its id. */
  begin(): string {
    const id = randomBytes(32).toString('base64url');
    const timer = setTimeout(() => this.end(id), this.#ageMs).unref();
    this.#sessions.set(digest(id), { untilMs: Date.now() + this.#ageMs, responses: new Set(), timer });
    const oldest = this.#sessions.keys().next().value;
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#end(oldest);
    return id;
  }

  /** Whether there is such a visit; the response then ends with it. */
  admit(id: string, response: ServerResponse): boolean {
    const session = this.#sessions.get(digest(id));
    // The timer stands still while the machine sleeps.
    if (session === undefined || session.untilMs <= Date.now()) return false;
    session.responses.add(response);
    response.once('close', () => session.responses.delete(response));
    return true;
  }

  /** It is over, and what is being sent under it. */
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
