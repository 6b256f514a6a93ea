import { type DnsMessage, type DnsRecord, isSameName, nameKey } from '../../protocol/dns/dns-message.ts';
import { replaceUnprintable } from '../../protocol/unprintable.ts';
import { isInNetwork, isPrivate } from './local-networks.ts';
import type { MulticastSource } from './multicast-socket.ts';
import { receiverType } from './service-records.ts';

/**
 * A receiver that another machine has announced. Anyone in the network can announce anything: none
 * of this is proven.
 */
export interface FoundReceiver {
  /** For people, without control characters. */
  readonly name: string;
  /** At least one, the best first. */
  readonly addresses: readonly string[];
  /** From 1 to 65535. */
  readonly port: number;
  readonly tls: boolean;
  /** The first hexadecimal digits of its fingerprint: 8 to 64 in small letters. */
  readonly pin: string | undefined;
  /** Port of the page; undefined: none that is open to others. */
  readonly web: number | undefined;
}

interface Entry {
  readonly instance: string;
  readonly label: string;
  readonly target: string;
  readonly port: number;
  readonly source: MulticastSource;
  texts: readonly string[] | undefined;
}

const maxReceivers = 64;
/** One machine must not fill the list before another answers. */
const maxPerSource = 8;
const maxHosts = 128;
const maxAddresses = 8;

/** Collects what the answers say about receivers: 64 of them, and no more. */
export class ReceiverCollector {
  readonly #entries = new Map<string, Entry>();
  readonly #addresses = new Map<string, Set<string>>();

  add({ isResponse, answers }: DnsMessage, source: MulticastSource): void {
    if (!isResponse) return;
    for (const record of answers) {
      if (record.type === 'SRV') this.#addPort(record, source);
      if (record.type === 'A' || record.type === 'AAAA') this.#addAddress(record);
    }
    // The texts may come before the port that they belong to.
    for (const record of answers) if (record.type === 'TXT') this.#addTexts(record, source);
  }

  /** By name. Those of another version are left out. */
  list(): FoundReceiver[] {
    const found = [...this.#entries.values()].map((entry) => this.#describe(entry));
    return found.filter((one) => one !== undefined).sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  #addPort(record: DnsRecord & { type: 'SRV' }, source: MulticastSource): void {
    const { name, target, port, ttl } = record;
    const [label = '', ...type] = name;
    if (!isSameName(type, receiverType) || port === 0) return;
    const [instance, host] = [nameKey(name), nameKey(target)];
    const key = `${instance}\0\0${host}\0\0${port}`;
    // A look is short. A goodbye may come from anyone, and would hide the receiver from it.
    if (ttl === 0 || this.#entries.has(key) || this.#entries.size >= maxReceivers) return;
    if (this.#countFrom(source.address) < maxPerSource) {
      this.#entries.set(key, { instance, label, target: host, port, source, texts: undefined });
    }
  }

  #countFrom(address: string): number {
    return [...this.#entries.values()].filter(({ source }) => source.address === address).length;
  }

  #addTexts({ name, texts, ttl }: DnsRecord & { type: 'TXT' }, { address }: MulticastSource): void {
    if (ttl === 0) return;
    const instance = nameKey(name);
    for (const entry of this.#entries.values())
      if (entry.instance === instance && entry.source.address === address) entry.texts ??= texts;
  }

  #addAddress({ name, address, ttl }: DnsRecord & { type: 'A' | 'AAAA' }): void {
    const host = nameKey(name);
    const known = this.#addresses.get(host) ?? new Set();
    if (ttl === 0 || known.size >= maxAddresses || (known.size === 0 && this.#addresses.size >= maxHosts)) return;
    this.#addresses.set(host, known.add(address));
  }

  #describe({ label, target, port, source, texts }: Entry): FoundReceiver | undefined {
    const values = new Map(texts?.map((text) => splitText(text)));
    if (values.get('v') !== '2') return undefined;
    const isNear = (address: string) => isInNetwork(address, source.network);
    const all = [...(this.#addresses.get(target) ?? [])];
    // Pictures must not leave for the other end of the world because of an announcement.
    const own = all.filter((address) => address === source.address);
    // Anyone can add an address to the name of another machine: the one that answered comes first.
    const good = [
      ...own,
      ...all.filter((address) => isNear(address) && !own.includes(address)),
      ...all.filter((address) => !isNear(address) && isPrivate(address)),
    ];
    const pin = /^[0-9a-f]{8,64}$/.exec(values.get('pin') ?? '')?.[0];
    const web = /^\d{1,5}$/.test(values.get('web') ?? '') ? Number(values.get('web')) : 0;
    return {
      name: replaceUnprintable(label),
      addresses: good.length > 0 ? good : [source.address],
      port,
      tls: values.get('tls') === '1',
      pin,
      web: web > 0 && web <= 65_535 ? web : undefined,
    };
  }
}

function splitText(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at).toLowerCase(), text.slice(at + 1)];
}
