import { hostname } from 'node:os';
import { CodedError } from '../../errors.ts';
import { type Listening, listServices } from '../../network/discovery/announcement.ts';
import { Announcer } from '../../network/discovery/announcer.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { Log } from '../../system/log.ts';

export interface Announced {
  readonly receiver: Listening;
  /** Undefined: the port takes no TLS. */
  readonly tls: TlsIdentity | undefined;
  readonly isTlsOnly: boolean;
  readonly sinks: readonly Sink[];
}

/** Has others find the receiver and its page, from `start` on. */
export class Announcing {
  readonly #isWanted: boolean;
  readonly #log: Log;
  #announced: Partial<Announced> = {};
  #isStarted = false;
  #announcer: Announcer | undefined;
  /** One change after another. */
  #work: Promise<void> = Promise.resolve();

  constructor(isWanted: boolean, log: Log) {
    this.#isWanted = isWanted;
    this.#log = log;
  }

  /** Changes that came before count. */
  start(announced: Announced): void {
    this.#announced = { ...announced, ...this.#announced };
    this.#isStarted = true;
    this.#renew();
  }

  change(part: Partial<Announced>): void {
    this.#announced = { ...this.#announced, ...part };
    if (this.#isStarted) this.#renew();
  }

  async close(): Promise<void> {
    this.#isStarted = false;
    await this.#work;
    await this.#announcer?.close();
  }

  #renew(): void {
    if (!this.#isWanted) return;
    this.#work = this.#work.then(async () => {
      await this.#announcer?.close();
      this.#announcer = this.#isStarted ? await announceServices(this.#announced as Announced, this.#log) : undefined;
    });
  }
}

/**
 * Undefined where both are for this machine only, or it cannot be done, which keeps no picture from
 * coming.
 */
async function announceServices(announced: Announced, log: Log): Promise<Announcer | undefined> {
  const { receiver, tls, isTlsOnly, sinks } = announced;
  const page = sinks.flatMap(({ addresses = [] }) => addresses);
  const fingerprint = tls?.fingerprint;
  const services = listServices({ machine: hostname(), receiver, fingerprint, isTlsOnly, page });
  if (services.length === 0) return undefined;
  try {
    return await Announcer.start(services);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    log.warn(
      `${error.message}. So senders do not find this receiver, and need --host; --no-announce ends this message`,
    );
    return undefined;
  }
}
