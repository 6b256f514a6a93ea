import { Buffer } from 'node:buffer';
import { isLoopback } from '../address.ts';
import { pageType, receiverType, type Service, securePageType } from './service-records.ts';

/** Places that something listens on. */
export type Listening = readonly { readonly address: string; readonly port: number }[];

export interface Announcement {
  /** The name of this machine. */
  readonly machine: string;
  readonly receiver: Listening;
  /** Of the certificate, as `fingerprintOf` gives it; undefined: no TLS. */
  readonly fingerprint: string | undefined;
  /** Whether the receiver takes nothing but TLS, and the page has TLS too. */
  readonly isTlsOnly: boolean;
  /** Empty: there is no page. */
  readonly page: Listening;
}

/** So much of a fingerprint tells receivers apart; `--tls-pin` needs all of it. */
const pinDigits = 16;
const usualPorts = { receiver: 8080, page: 8000 } as const;
/** Room for the other words of a label of 63 bytes. */
const maxMachineBytes = 32;

/** The services that others may find: none of those that listen for this machine only. */
export function listServices({ machine, receiver, fingerprint, isTlsOnly, page }: Announcement): Service[] {
  const [own, web] = [receiver, page].map((places) => places.filter(({ address }) => !isLoopback(address)));
  const [port, pagePort] = [own?.[0]?.port, web?.[0]?.port];
  const services: Service[] = [];
  const name = shorten(machine);
  const listens = (places: Listening = []) => places.map(({ address }) => address);
  if (port !== undefined) {
    const pin = fingerprint?.replace('sha256:', '').slice(0, pinDigits);
    const security = [`tls=${isTlsOnly ? 1 : 0}`, ...(pin === undefined ? [] : [`pin=${pin}`])];
    const texts = ['v=2', ...security, ...(pagePort === undefined ? [] : [`web=${pagePort}`])];
    const label = port === usualPorts.receiver ? name : `${name}:${port}`;
    services.push({ type: receiverType, label, port, texts, listens: listens(own) });
  }
  if (pagePort !== undefined) {
    const type = isTlsOnly ? securePageType : pageType;
    const place = pagePort === usualPorts.page ? name : `${name}:${pagePort}`;
    const label = `image-receiver on ${place}`;
    services.push({ type, label, port: pagePort, texts: ['path=/'], listens: listens(web) });
  }
  return services;
}

/** The name alone, without a domain. */
function shorten(machine: string): string {
  const [name = ''] = machine.split('.');
  let text = name === '' ? 'image-receiver' : name;
  while (Buffer.byteLength(text) > maxMachineBytes) text = [...text].slice(0, -1).join('');
  return text;
}
