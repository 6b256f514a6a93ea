import { hostname } from 'node:os';
import { hostKey, isLoopback } from '../../../network/address.ts';
import { type Guesser, SecretCheck } from '../../../network/secret-check.ts';
import { LimitedLog } from '../../../system/limited-log.ts';
import type { Log } from '../../../system/log.ts';
import { formatCookie, readCookie } from '../http/cookies.ts';
import type { HttpExchange } from '../http/http-exchange.ts';
import type { RejectionReason, WebStats } from '../web-stats.ts';
import { readBasicPassword } from './basic-password.ts';
import { isCrossSite, isLocalHost } from './origin.ts';
import { SessionCookies } from './session-cookies.ts';

/** A week: a user who looks every day need not log in every day. */
const sessionSeconds = 7 * 24 * 3600;
/** After too many wrong passwords from one address, one more may be tried after so long. */
const refillMs = 10_000;

export interface AccessSettings {
  /** As in --web: a name of this machine. */
  readonly host: string;
  /** Whether the page uses TLS. */
  readonly isSecure: boolean;
  /** Undefined: everyone who can reach the page may look at it. */
  readonly password: Uint8Array | undefined;
}

/**
 * Decides which requests are answered: none of pages of other sites, and with a password only those
 * of clients that know it.
 */
export class AccessControl {
  readonly #settings: AccessSettings;
  readonly #check: SecretCheck | undefined;
  readonly #sessions = new SessionCookies(sessionSeconds * 1000);
  readonly #stats: WebStats;
  readonly #log: LimitedLog;

  constructor(settings: AccessSettings, stats: WebStats, log: Log) {
    this.#settings = settings;
    this.#check = settings.password === undefined ? undefined : new SecretCheck(settings.password, { refillMs });
    this.#stats = stats;
    this.#log = new LimitedLog(log);
  }

  get hasPassword(): boolean {
    return this.#check !== undefined;
  }

  /**
   * Rejects the requests of pages of other sites, and of pages that a stranger's name service has
   * led here (DNS rebinding). Returns whether the request may go on.
   */
  checkOrigin(exchange: HttpExchange): boolean {
    const host = exchange.header('host');
    if (this.#check === undefined && !isLocalHost(host, [this.#settings.host, hostname()])) {
      const advice = 'use the address, name it in --web NAME:PORT, or use a password (--web-token-file)';
      this.reject(exchange, 421, `This name is not known here: ${advice}`);
      return false;
    }
    const [origin, site] = [exchange.header('origin'), exchange.header('sec-fetch-site')];
    if (!isCrossSite({ host, origin, site, mode: exchange.header('sec-fetch-mode') })) return true;
    this.reject(exchange, 403, 'Pages of other sites may not ask for this');
    return false;
  }

  /**
   * Returns whether the request may go on: there is no password, or the client is logged in, or it
   * sends the password. Any other request is answered here.
   */
  async authenticate(exchange: HttpExchange): Promise<boolean> {
    if (this.#check === undefined) return true;
    const session = readCookie(exchange, this.#cookieName(exchange));
    if (session !== undefined && this.#sessions.admit(session, exchange.response)) return true;
    const password = readBasicPassword(exchange.header('authorization'));
    if (password === undefined) {
      askForPassword(exchange);
      return false;
    }
    return this.#isRight(exchange, password, () => askForPassword(exchange));
  }

  /**
   * Whether a client that may look may also change something: one that knows the password, or one of
   * this machine.
   */
  mayChange({ address }: HttpExchange): boolean {
    return this.hasPassword || isLoopback(address);
  }

  /**
   * Begins a session if the password is right, and gives its cookie. If the password is wrong,
   * `onWrong` answers, or the answer says how long to wait.
   */
  async logIn(exchange: HttpExchange, password: Uint8Array, onWrong: () => void): Promise<string | undefined> {
    if (!(await this.#isRight(exchange, password, onWrong))) return undefined;
    this.#endSession(exchange);
    return this.#formatCookie(exchange, this.#sessions.begin(), sessionSeconds);
  }

  /** Ends the session of the client; gives the header that deletes its cookie. */
  logOut(exchange: HttpExchange): string {
    this.#endSession(exchange);
    return this.#formatCookie(exchange, '', 0);
  }

  /** Answers a request that is not accepted, and counts it. */
  reject(exchange: HttpExchange, status: 400 | 403 | 413 | 421, message: string): void {
    const reason: RejectionReason = status === 403 || status === 421 ? 'origin' : 'request';
    this.#stats.rejected[reason]++;
    const { address } = exchange;
    this.#log.warn('rejected', `--web: rejected ${address}: ${message} [${status}]`, hostKey(address));
    exchange.sendText(status, message);
  }

  async #isRight(exchange: HttpExchange, password: Uint8Array, onWrong: () => void): Promise<boolean> {
    if (this.#check === undefined) return true;
    const guesser: Guesser = { host: hostKey(exchange.address) };
    const verdict = await this.#check.check(password, guesser);
    if (verdict === 'right') return true;
    this.#stats.rejected.password++;
    const what = verdict === 'wrong' ? 'a wrong password' : 'too many wrong passwords and has to wait';
    this.#log.warn('password', `--web: ${exchange.address} gave ${what}`, guesser.host);
    if (verdict === 'wrong') onWrong();
    else tellToWait(exchange, this.#check.waitSeconds(guesser));
    return false;
  }

  #endSession(exchange: HttpExchange): void {
    const session = readCookie(exchange, this.#cookieName(exchange));
    if (session !== undefined) this.#sessions.end(session);
  }

  #formatCookie(exchange: HttpExchange, value: string, maxAgeSeconds: number): string {
    return formatCookie(this.#cookieName(exchange), value, { maxAgeSeconds, isSecure: this.#settings.isSecure });
  }

  /**
   * Browsers send cookies to every port of a host: with its port in the name, no receiver takes the
   * cookie of another.
   */
  #cookieName(exchange: HttpExchange): string {
    return `image-receiver-${exchange.connection.localPort}`;
  }
}

function askForPassword(exchange: HttpExchange): void {
  if (exchange.path === '/' && exchange.header('accept')?.includes('text/html')) {
    exchange.redirect('/login');
    return;
  }
  // Without this header, browsers show no dialog of their own: the scripts of the page go to the
  // form instead.
  const challenge = { 'www-authenticate': 'Basic realm="image-receiver", charset="UTF-8"' };
  const isOfPage = exchange.header('x-requested-with') !== undefined;
  exchange.sendText(401, 'A password is needed (HTTP basic with any user name, or /login)', isOfPage ? {} : challenge);
}

function tellToWait(exchange: HttpExchange, seconds: number): void {
  const message = `Too many wrong passwords came from this address: try again in ${seconds} s`;
  exchange.sendText(429, message, { 'retry-after': String(seconds) });
}
