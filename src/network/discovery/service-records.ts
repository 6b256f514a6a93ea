import { type DnsMessage, type DnsName, type DnsRecord, dnsTypes, isSameName } from '../../protocol/dns/dns-message.ts';
import type { LocalNetwork } from './local-networks.ts';

/** The kind of service of receivers, and those of pages: RFC 6763, section 7. */
export const receiverType: DnsName = ['_image-socket', '_tcp', 'local'];
export const pageType: DnsName = ['_http', '_tcp', 'local'];
export const securePageType: DnsName = ['_https', '_tcp', 'local'];
/** Asks for all kinds: RFC 6763, section 9. */
const everyType: DnsName = ['_services', '_dns-sd', '_udp', 'local'];

/** Others forget a receiver that died this soon: seconds. */
const recordTtl = 120;

/** A port of this program that others may find. */
export interface Service {
  readonly type: DnsName;
  /** Its name for people, of at most 63 bytes. */
  readonly label: string;
  readonly port: number;
  /** Such as `v=2`. */
  readonly texts: readonly string[];
  /** The addresses that it listens on; 0.0.0.0 and :: are all. */
  readonly listens: readonly string[];
}

/** The name of one service. */
export function instanceName({ type, label }: Service): DnsName {
  return [label, ...type];
}

/**
 * The records of the services that can be reached in that network; none where there is no such
 * service.
 * @param target the name of this machine, which nobody else has
 */
export function makeRecords(services: readonly Service[], target: DnsName, network: LocalNetwork): DnsRecord[] {
  const reachable = services.filter(({ listens }) => listAddresses(listens, network).length > 0);
  const addresses = [...new Set(reachable.flatMap(({ listens }) => listAddresses(listens, network)))];
  return [
    ...reachable.flatMap((service) => makeServiceRecords(service, target)),
    ...addresses.map((address): DnsRecord => {
      return { name: target, ttl: recordTtl, isUnique: true, type: address.includes(':') ? 'AAAA' : 'A', address };
    }),
  ];
}

function makeServiceRecords(service: Service, target: DnsName): DnsRecord[] {
  const [name, ttl] = [instanceName(service), recordTtl];
  const { type, port, texts } = service;
  return [
    { name: type, ttl, isUnique: false, type: 'PTR', target: name },
    { name: everyType, ttl, isUnique: false, type: 'PTR', target: type },
    { name, ttl, isUnique: true, type: 'SRV', target, port },
    { name, ttl, isUnique: true, type: 'TXT', texts },
  ];
}

function listAddresses(listens: readonly string[], { address, ipv6 }: LocalNetwork): string[] {
  const isAny = listens.includes('::');
  const isAnyIpv4 = isAny || listens.includes('0.0.0.0');
  return [
    ...(isAnyIpv4 || listens.includes(address) ? [address] : []),
    ...ipv6.filter((one) => isAny || listens.includes(one)),
  ];
}

/** Whether the message asks for one of the records, and does not say that it knows it. */
export function isAsked({ questions, answers }: DnsMessage, records: readonly DnsRecord[]): boolean {
  const asked = records.filter((record) =>
    questions.some(({ name, type }) => {
      return (type === dnsTypes[record.type] || type === dnsTypes.ANY) && isSameName(name, record.name);
    }),
  );
  return asked.some((record) => record.type !== 'PTR' || !answers.some((known) => isKnown(record, known)));
}

/** RFC 6762, section 7.1: what is known for less than half of its time is asked for. */
function isKnown(record: DnsRecord, known: DnsRecord): boolean {
  if (record.type !== 'PTR' || known.type !== 'PTR' || known.ttl < record.ttl / 2) return false;
  return isSameName(record.name, known.name) && isSameName(record.target, known.target);
}
