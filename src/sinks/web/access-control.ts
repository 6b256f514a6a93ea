import { hostname } from 'node:os';
import type { Hono, Next } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { hostKey } from '../../network/address.ts';
import { type Guesser, SecretCheck } from '../../network/secret-check.ts';
import { readDigits, trimSpace } from '../../protocol/ascii.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import type { Assets } from './assets.ts';
import { readBasicPassword } from './basic-password.ts';
import { addressOf, type WebContext, type WebEnvironment } from './environment.ts';
import { isCrossSite, isLocalHost } from './origin.ts';
import { SessionCookies } from './session-cookies.ts';
import type { WebStats } from './web-stats.ts';

/** A week: whoever looks every day need not log in every day. */
const sessionSeconds = 7 * 24 * 3600;
const maxFormBytes = 4096;
/** After too many wrong passwords one more may be tried after so long. */
const refillMs = 10_000;

export interface AccessSettings {
  /** As in --web: a name by which this machine is meant. */
  readonly host: string;
  readonly isSecure: boolean;
  readonly password: Uint8Array | undefined;
}

/** Who may look: keeps out strange pages, and where there is a password those who do not know it. */
export class AccessControl {
  readonly #settings: AccessSettings;
  readonly #check: SecretCheck | undefined;
  readonly #sessions = new SessionCookies(sessionSeconds * 1000);
  readonly #assets: Assets;
  readonly #stats: WebStats;
  readonly #log: LimitedLog;

  constructor(settings: AccessSettings, assets: Assets, stats: WebStats, log: Log) {
    this.#settings = settings;
    this.#check = settings.password === undefined ? undefined : new SecretCheck(settings.password, { refillMs });
    this.#assets = assets;
    this.#stats = stats;
    this.#log = new LimitedLog(log);
  }

  get hasPassword(): boolean {
    return this.#check !== undefined;
  }

  /** For all addresses: whether a person or a program asks, and not a strange page. */
  async keepStrangePagesOut(c: WebContext, next: Next): Promise<Response | undefined> {
    const host = c.req.header('host');
    const { host: own } = this.#settings;
    if (this.#check === undefined && !isLocalHost(host, [own, hostname()])) {
      return this.#refuse(
        c,
        421,
        'This name is not known here: use the address, name it in --web NAME:PORT, or use a password (--web-token-file)',
      );
    }
    const [origin, site] = [c.req.header('origin'), c.req.header('sec-fetch-site')];
    if (isCrossSite({ host, origin, site, mode: c.req.header('sec-fetch-mode') })) {
      return this.#refuse(c, 403, 'Pages of other sites may not ask for this');
    }
    await next();
    return undefined;
  }

  /** For all addresses behind it: whether whoever asks knows the password. */
  async askForPassword(c: WebContext, next: Next): Promise<Response | undefined> {
    const refusal = await this.#findFault(c);
    if (refusal !== undefined) return refusal;
    await next();
    return undefined;
  }

  /** Adds the addresses of the log-in form. */
  addTo(app: Hono<WebEnvironment>): void {
    app.get('/login', (c) => (this.#check === undefined ? c.redirect('/', 303) : this.#showForm(c, 200, '')));
    app.post('/login', (c) => this.#logIn(c));
    app.post('/logout', (c) => {
      this.#endSession(c);
      deleteCookie(c, this.#cookieName(c), { path: '/', secure: this.#settings.isSecure });
      return c.redirect('/login', 303);
    });
  }

  /** Undefined when all is well. */
  async #findFault(c: WebContext): Promise<Response | undefined> {
    if (this.#check === undefined) return undefined;
    const session = getCookie(c, this.#cookieName(c));
    if (session !== undefined && this.#sessions.admit(session, c.env.outgoing)) return undefined;
    const password = readBasicPassword(c.req.header('authorization'));
    if (password === undefined) return this.#ask(c);
    const verdict = await this.#check.check(password, guesserOf(c));
    if (verdict === 'right') return undefined;
    this.#countWrong(c, verdict);
    return verdict === 'later' ? sendLater(c, this.#check) : this.#ask(c);
  }

  #ask(c: WebContext): Response {
    if (c.req.path === '/' && c.req.header('accept')?.includes('text/html')) return c.redirect('/login', 303);
    // The page asks itself, and goes to the form; a browser would ask in a window of its own.
    if (c.req.header('x-requested-with') === undefined) {
      c.header('www-authenticate', 'Basic realm="image-receiver", charset="UTF-8"');
    }
    return c.text('A password is needed (HTTP basic with any user name, or /login)\n', 401);
  }

  async #logIn(c: WebContext): Promise<Response> {
    if (this.#check === undefined) return c.redirect('/', 303);
    const length = readDigits(c.req.header('content-length') ?? '');
    if (!(length <= maxFormBytes)) return this.#refuse(c, 413, 'The form is too long, or does not say how long it is');
    const password = new URLSearchParams(await c.req.text()).get('password') ?? '';
    const verdict = await this.#check.check(trimSpace(new TextEncoder().encode(password)), guesserOf(c));
    if (verdict === 'right') {
      const { isSecure } = this.#settings;
      this.#endSession(c);
      const options = { path: '/', httpOnly: true, sameSite: 'Strict', secure: isSecure } as const;
      setCookie(c, this.#cookieName(c), this.#sessions.begin(), { ...options, maxAge: sessionSeconds });
      return c.redirect('/', 303);
    }
    this.#countWrong(c, verdict);
    if (verdict === 'later') return sendLater(c, this.#check);
    return this.#showForm(c, 401, 'That is not the password.');
  }

  #endSession(c: WebContext): void {
    const session = getCookie(c, this.#cookieName(c));
    if (session !== undefined) this.#sessions.end(session);
  }

  /** Cookies do not know ports: two receivers on one machine must not take each other's. */
  #cookieName(c: WebContext): string {
    return `image-receiver-${c.env.incoming.socket.localPort ?? 0}`;
  }

  #showForm(c: WebContext, status: 200 | 401, message: string): Response {
    return c.html(this.#assets.login.replace('<!-- message -->', message), status);
  }

  #countWrong(c: WebContext, verdict: 'wrong' | 'later'): void {
    this.#stats.refused.password++;
    const what = verdict === 'wrong' ? 'a wrong password' : 'too many wrong passwords and has to wait';
    this.#log.warn('password', `--web: ${addressOf(c)} gave ${what}`, hostKey(addressOf(c)));
  }

  #refuse(c: WebContext, status: 403 | 413 | 421, message: string): Response {
    this.#stats.refused[status === 413 ? 'request' : 'origin']++;
    this.#log.warn('refused', `--web: refused ${addressOf(c)}: ${message} [${status}]`, hostKey(addressOf(c)));
    return c.text(`${message}\n`, status);
  }
}

function sendLater(c: WebContext, check: SecretCheck): Response {
  const seconds = check.waitSeconds(guesserOf(c));
  c.header('retry-after', String(seconds));
  return c.text(`Too many wrong passwords came from this address: try again in ${seconds} s\n`, 429);
}

function guesserOf(c: WebContext): Guesser {
  return { host: hostKey(addressOf(c)) };
}
