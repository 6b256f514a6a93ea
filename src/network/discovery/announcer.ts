import { randomBytes } from 'node:crypto';
import { type DnsMessage, type DnsName, type DnsRecord, dnsTypes, isSameName } from '../../protocol/dns/dns-message.ts';
import { pause } from '../../system/abort.ts';
import { RateLimit } from '../../system/rate-limit.ts';
import type { LocalNetwork } from './local-networks.ts';
import {
  type Multicast,
  type MulticastListener,
  MulticastSocket,
  type MulticastSource,
  multicastPort,
} from './multicast-socket.ts';
import { instanceName, isAsked, makeRecords, type Service } from './service-records.ts';

/** Times of RFC 6762, in milliseconds: sections 8.1, 8.3 and 6. */
const probes = 3;
const probePauseMs = 250;
const repeatMs = 1000;
const answerPauseMs = 1000;
const shortestDelayMs = 20;
const delaySpreadMs = 100;
/** Networks come and go. */
const refreshMs = 5000;
/** More machines with one name are not told apart. */
const maxNames = 10;
const directRate = { burst: 20, perSecond: 10, maxKeys: 1 };
/** An asker that is no full member of multicast DNS forgets an answer this soon: seconds. */
const directTtl = 10;

interface NetworkState {
  sentMs: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Announces services until it is closed, and answers those who look for them. All questions of a
 * second get one answer together, so that nobody can make it send much.
 */
export class Announcer implements MulticastListener {
  readonly #given: readonly Service[];
  /** Of this run alone: the name of the machine itself may be that of avahi-daemon. */
  readonly #target: DnsName = [`image-receiver-${randomBytes(4).toString('hex')}`, 'local'];
  readonly #states = new WeakMap<LocalNetwork, NetworkState>();
  readonly #direct = new RateLimit(directRate);
  readonly #closing = new AbortController();
  #socket: Multicast | undefined;
  #services: readonly Service[];
  /** Whether the names are ours. */
  #isAnnounced = false;
  #isTaken = false;

  private constructor(services: readonly Service[]) {
    this.#given = services;
    this.#services = services;
  }

  /** @throws CodedError LISTEN_FAILED */
  static async start(
    services: readonly Service[],
    open = (listener: MulticastListener): Promise<Multicast> => MulticastSocket.open(listener),
  ): Promise<Announcer> {
    const announcer = new Announcer(services);
    announcer.#socket = await open(announcer);
    void announcer.#run(announcer.#socket, announcer.#closing.signal);
    return announcer;
  }

  received(message: DnsMessage, source: MulticastSource): void {
    if (!this.#isAnnounced) this.#watchNames(message);
    else if (!message.isResponse) this.#answer(message, source);
  }

  joined(network: LocalNetwork): void {
    if (this.#isAnnounced) this.#schedule(network, 0);
  }

  /** Tells the others that the services are no more. */
  async close(): Promise<void> {
    this.#closing.abort();
    const networks = this.#isAnnounced ? (this.#socket?.networks ?? []) : [];
    this.#isAnnounced = false;
    for (const network of networks) {
      clearTimeout(this.#states.get(network)?.timer);
      await this.#send(network, (record) => ({ ...record, ttl: 0 }));
    }
    await this.#socket?.close();
  }

  async #run(socket: Multicast, signal: AbortSignal): Promise<void> {
    await this.#claimNames(socket, signal);
    if (signal.aborted) return;
    this.#isAnnounced = true;
    for (const network of socket.networks) await this.#send(network);
    await pause(repeatMs, signal);
    for (const network of signal.aborted ? [] : socket.networks) await this.#send(network);
    const timer = setInterval(() => socket.refresh(), refreshMs);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /** Takes the first names that nobody else has: `garden`, `garden (2)` and so on. */
  async #claimNames(socket: Multicast, signal: AbortSignal): Promise<void> {
    for (let number = 1; number <= maxNames && !signal.aborted; number++) {
      const suffix = number === 1 ? '' : ` (${number})`;
      this.#services = this.#given.map((service) => ({ ...service, label: service.label + suffix }));
      this.#isTaken = false;
      for (let probe = 0; probe < probes && !this.#isTaken; probe++) {
        for (const network of socket.networks) await socket.send(network, this.#makeProbe(network));
        await pause(probePauseMs, signal);
      }
      if (!this.#isTaken) return;
    }
  }

  #makeProbe(network: LocalNetwork): DnsMessage {
    const questions = this.#services.map((service) => ({ name: instanceName(service), type: dnsTypes.ANY }));
    const claims = this.#records(network).filter(({ isUnique }) => isUnique);
    return { id: 0, isResponse: false, questions, answers: [], claims };
  }

  /** Of two that want a name at the same time, the one with the greater target gets it. */
  #watchNames({ isResponse, answers, claims }: DnsMessage): void {
    const own = this.#target[0] as string;
    const isOurs = (record: DnsRecord) => this.#services.some((one) => isSameName(instanceName(one), record.name));
    for (const record of isResponse ? answers : claims) {
      if (record.type !== 'SRV' || record.ttl === 0 || !isOurs(record)) continue;
      const other = record.target[0] ?? '';
      if (isResponse ? other !== own : other > own) this.#isTaken = true;
    }
  }

  #answer(message: DnsMessage, source: MulticastSource): void {
    if (!isAsked(message, this.#records(source.network))) return;
    // Others are about to use one of the names: they wait for a quarter of a second.
    const isProbe = message.claims.length > 0;
    if (source.port === multicastPort) this.#schedule(source.network, isProbe ? probePauseMs : answerPauseMs);
    else if (this.#direct.take('')) this.#answerDirectly(message, source);
  }

  /** RFC 6762, section 6.7. */
  #answerDirectly({ id, questions }: DnsMessage, source: MulticastSource): void {
    const answers = this.#records(source.network).map((record) => ({ ...record, ttl: directTtl, isUnique: false }));
    const message = { id, isResponse: true, questions: questions.slice(0, 1), answers, claims: [] };
    void this.#socket?.reply(source, message);
  }

  /** @param pauseMs since the last answer in that network */
  #schedule(network: LocalNetwork, pauseMs: number): void {
    const state = this.#stateOf(network);
    if (state.timer !== undefined) return;
    const delayMs = shortestDelayMs + delaySpreadMs * Math.random();
    const waitMs = Math.max(delayMs, state.sentMs + pauseMs - performance.now());
    state.timer = setTimeout(() => {
      state.timer = undefined;
      if (this.#isAnnounced) void this.#send(network);
    }, waitMs);
    state.timer.unref();
  }

  async #send(network: LocalNetwork, change = (record: DnsRecord): DnsRecord => record): Promise<void> {
    const answers = this.#records(network).map(change);
    this.#stateOf(network).sentMs = performance.now();
    if (answers.length === 0) return;
    await this.#socket?.send(network, { id: 0, isResponse: true, questions: [], answers, claims: [] });
  }

  #records(network: LocalNetwork): DnsRecord[] {
    return makeRecords(this.#services, this.#target, network);
  }

  #stateOf(network: LocalNetwork): NetworkState {
    const state = this.#states.get(network) ?? { sentMs: Number.NEGATIVE_INFINITY, timer: undefined };
    this.#states.set(network, state);
    return state;
  }
}
