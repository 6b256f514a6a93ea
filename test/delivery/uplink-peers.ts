import { connect } from '@nats-io/transport-node';
import type { Connector } from '../../src/delivery/uplink.ts';
import { NatsConnector } from '../../src/nats/sending/nats-connector.ts';
import type { Delivery } from '../../src/protocol/frame.ts';
import type { WireOption } from '../../src/protocol/negotiation.ts';
import type { Log } from '../../src/system/log.ts';
import { TcpConnector } from '../../src/transport/connect/tcp-connector.ts';
import { makeNatsOptions } from '../support/nats-options.ts';
import { NatsServer } from '../support/nats-server.ts';
import { Relay } from '../support/relay.ts';
import { openOwn } from '../support/targets.ts';
import type { TrialCamera } from '../support/trial-camera.ts';

/** The far end of an uplink. */
export interface Peer extends AsyncDisposable {
  /** Between the two ends. */
  readonly relay: Relay;
  createConnector(delivery: Delivery, log: Log): Connector;
  /** Sequences of the pictures that the far end has, in its order. */
  readTaken(): Promise<number[]>;
}

export interface PeerKind {
  open(): Promise<Peer>;
  /** Whether the far end acknowledges what it takes. */
  readonly isAcknowledged: boolean;
  /** Captures a picture that the far end rejects; undefined where it reports no rejection. */
  captureBad?(camera: TrialCamera): void;
}

const timeouts = { connectTimeoutMs: 20_000, sendTimeoutMs: 60_000, idleTimeoutMs: 60_000 };

async function openTcp(wire: WireOption, safety: { tls?: boolean } = {}): Promise<Peer> {
  const receiver = await openOwn(safety);
  const relay = await Relay.open(receiver.port);
  const { pin } = receiver;
  const tls = pin === undefined ? undefined : { pin, ca: undefined };
  const target = { host: '127.0.0.1', port: relay.port, tls, token: new Uint8Array() };
  return {
    relay,
    createConnector: (delivery, log) =>
      new TcpConnector({ ...target, ...timeouts, wire, name: 'conformance', delivery }, log),
    readTaken: async () => receiver.taken.map(({ width }) => width),
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const maxPayload = 20_000;

let sharedServer: Promise<NatsServer> | undefined;
let cameras = 0;

/** All peers over NATS share one server, each with a camera of its own. */
async function openNats(): Promise<Peer> {
  sharedServer ??= NatsServer.start({ maxPayload });
  const server = await sharedServer;
  const name = `conformance-${++cameras}`;
  const relay = await Relay.open(server.port);
  const reader = await connect({ servers: server.url });
  const taken: number[] = [];
  // The stream drops duplicates, and so does this reader.
  const ids = new Set<string>();
  reader.subscribe(`frames.${name}`, {
    callback: (_, { headers }) => {
      const id = headers?.get('Nats-Msg-Id') ?? '';
      if (!ids.has(id)) taken.push(Number.parseInt(headers?.get('Frame-Size') ?? '', 10));
      ids.add(id);
    },
  });
  await reader.flush();
  const { connectTimeoutMs } = timeouts;
  const nats = makeNatsOptions(`nats://127.0.0.1:${relay.port}`, { retries: 2, connectTimeoutMs });
  const camera = { name, retention: { frames: 1000 }, stallAfterMs: 60_000 };
  return {
    relay,
    createConnector: (_, log) => new NatsConnector({ nats, ...camera, sendTimeoutMs: timeouts.sendTimeoutMs }, log),
    readTaken: async () => {
      await reader.flush();
      return taken;
    },
    async [Symbol.asyncDispose]() {
      await reader.close();
      await relay[Symbol.asyncDispose]();
    },
  };
}

/** Ends the server that the peers share. */
export async function closePeers(): Promise<void> {
  await (await sharedServer)?.[Symbol.asyncDispose]();
}

/** Wider than a receiver takes. */
const captureWide = (camera: TrialCamera) => camera.capture(200, 5000);

/** Every kind of uplink there is. */
export const peerKinds: Readonly<Record<string, PeerKind>> = {
  'the classic wire': { open: () => openTcp('classic'), isAcknowledged: false },
  'the classic wire with marks, then wire 2': {
    open: () => openTcp('auto'),
    isAcknowledged: true,
    captureBad: captureWide,
  },
  'wire 2': { open: () => openTcp('2'), isAcknowledged: true, captureBad: captureWide },
  'wire 2 over TLS': { open: () => openTcp('2', { tls: true }), isAcknowledged: true, captureBad: captureWide },
  NATS: {
    open: openNats,
    isAcknowledged: true,
    captureBad: (camera) => camera.capture(2 * maxPayload),
  },
};
