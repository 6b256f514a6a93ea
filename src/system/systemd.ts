import process from 'node:process';
import { replaceUnprintable } from '../protocol/unprintable.ts';
import { onAbort } from './abort.ts';
import type { Log } from './log.ts';
import { runProgram } from './run-program.ts';

/** The health of a service, for its manager. */
export interface ServiceHealth {
  /**
   * Whether the service has done its work since the last look. While it has not, the watchdog is
   * not fed.
   */
  readonly isFlowing: boolean;
  /** One line for `systemctl status`. */
  readonly status: string;
}

/** The time between two looks where systemd keeps no watchdog. */
const statusMs = 10_000;
/** The longest run of systemd-notify, which itself waits up to five seconds for systemd. */
const callTimeoutMs = 10_000;
/**
 * The status of a receiver is as long as its list of senders; the kernel bounds arguments, and
 * `systemctl status` is for people.
 */
const maxStatusLength = 500;
/** A timer holds 31 bits of milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Tells systemd that the service is ready, how it does, and, as its watchdog wants, that it is
 * alive.
 *
 * Node has no datagram sockets of the UNIX domain, so this runs systemd-notify, one at a time. News
 * that come up meanwhile wait and go out together. A failure is logged once, and has no other
 * effect.
 */
export class ServiceNotifier {
  readonly #environment: NodeJS.ProcessEnv;
  /** Undefined: no watchdog. */
  readonly #watchdogMs: number | undefined;
  /** Variables that go with the news that the service is ready. */
  readonly #first: Readonly<Record<string, string>>;
  readonly #log: Log;
  #waiting: Record<string, string> = {};
  #isCalling = false;
  #hasFailed = false;

  private constructor(environment: NodeJS.ProcessEnv, watchdogMs: number | undefined, log: Log, intervalMs: number) {
    this.#environment = environment;
    const isShort = watchdogMs !== undefined && watchdogMs < 3 * intervalMs;
    this.#watchdogMs = isShort ? Math.min(3 * intervalMs, maxTimerMs) : watchdogMs;
    this.#first = isShort ? { WATCHDOG_USEC: `${Math.ceil(3 * intervalMs) * 1000}` } : {};
    this.#log = log;
  }

  /**
   * Undefined where no systemd waits for news.
   * @param intervalMs the longest normal time between two signs of life. The unit of a package does
   *   not know it: its watchdog gets three times as long, where it is shorter.
   */
  static fromEnvironment(environment: NodeJS.ProcessEnv, log: Log, intervalMs = 0): ServiceNotifier | undefined {
    const { NOTIFY_SOCKET, PATH } = environment;
    if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '') return undefined;
    return new ServiceNotifier({ NOTIFY_SOCKET, PATH }, readWatchdogMs(environment), log, intervalMs);
  }

  ready(): void {
    this.#tell({ READY: '1', ...this.#first });
  }

  /**
   * Checks the health three times within the time of the watchdog, and reports it, until `signal` aborts.
   */
  watch(look: () => ServiceHealth, signal: AbortSignal): void {
    const tell = () => {
      const { isFlowing, status } = look();
      const food = isFlowing && this.#watchdogMs !== undefined ? { WATCHDOG: '1' } : {};
      // A line end would begin another variable.
      this.#tell({ STATUS: replaceUnprintable(status.slice(0, maxStatusLength), ' '), ...food });
    };
    const timer = setInterval(tell, this.#watchdogMs === undefined ? statusMs : this.#watchdogMs / 3).unref();
    onAbort(signal, () => clearInterval(timer));
  }

  #tell(variables: Record<string, string>): void {
    this.#waiting = { ...this.#waiting, ...variables };
    if (!this.#isCalling) void this.#call();
  }

  async #call(): Promise<void> {
    this.#isCalling = true;
    while (Object.keys(this.#waiting).length > 0) {
      const args = Object.entries(this.#waiting).map(([name, value]) => `${name}=${value}`);
      this.#waiting = {};
      const options = { environment: this.#environment, keepsOwnVariables: true, timeoutMs: callTimeoutMs };
      const { failure } = await runProgram('systemd-notify', args, options);
      if (failure !== undefined && !this.#hasFailed) {
        this.#hasFailed = true;
        this.#log.warn(`Cannot report to systemd, which may therefore end this service: systemd-notify ${failure}`);
      }
    }
    this.#isCalling = false;
  }
}

/** The time of the watchdog; undefined where there is none, or it watches another process. */
function readWatchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | undefined {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(process.pid)) return undefined;
  const ms = /^\d{1,15}$/.test(WATCHDOG_USEC ?? '') ? Number(WATCHDOG_USEC) / 1000 : 0;
  return ms > 0 ? Math.min(ms, maxTimerMs) : undefined;
}
