// The part of DNS (RFC 1035) that finding services in a network takes: RFC 6762 and RFC 6763.

/** Longest message of multicast DNS: RFC 6762, section 17. */
export const maxDnsBytes = 9000;
/** Longest name with the lengths of its labels, and longest label: RFC 1035, section 2.3.4. */
export const maxDnsNameBytes = 255;
export const maxLabelBytes = 63;

/** Numbers of record types: RFC 1035, 2782 and 3596. */
export const dnsTypes = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, ANY: 255 } as const;

/** A name by its labels, such as `['_http', '_tcp', 'local']`. */
export type DnsName = readonly string[];

export interface DnsQuestion {
  readonly name: DnsName;
  /** One of `dnsTypes`, or another number from 0 to 65535. */
  readonly type: number;
}

interface RecordHead {
  readonly name: DnsName;
  /** How long others may remember the record, in seconds; 0: the record is no more. */
  readonly ttl: number;
  /** Whether the record takes the place of others with its name and type. */
  readonly isUnique: boolean;
}

export type DnsRecord = RecordHead & DnsData;

export type DnsData =
  | { readonly type: 'PTR'; readonly target: DnsName }
  /** `port` is from 0 to 65535. */
  | { readonly type: 'SRV'; readonly target: DnsName; readonly port: number }
  /** Each text has at most 255 bytes. */
  | { readonly type: 'TXT'; readonly texts: readonly string[] }
  /** An IPv4 address such as 192.0.2.1, or an IPv6 address as `formatIpv6` writes it. */
  | { readonly type: 'A' | 'AAAA'; readonly address: string };

export interface DnsMessage {
  /** 0 in multicast messages; a question from another port than 5353 gets its own number back. */
  readonly id: number;
  readonly isResponse: boolean;
  readonly questions: readonly DnsQuestion[];
  /** Answers, and what came along with them. Records of other types are left out. */
  readonly answers: readonly DnsRecord[];
  /** The records that the sender of a question is about to claim. */
  readonly claims: readonly DnsRecord[];
}

/** Whether both are the same name: capital letters of ASCII do not count. */
export function isSameName(one: DnsName, other: DnsName): boolean {
  return one.length === other.length && one.every((label, i) => foldLabel(label) === foldLabel(other[i] as string));
}

/** The same text for all writings of a name. */
export function nameKey(name: DnsName): string {
  return name.map(foldLabel).join('\0');
}

function foldLabel(label: string): string {
  return label.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
