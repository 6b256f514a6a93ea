import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ReceivedFrame } from '../../src/frames/received-frame.ts';
import { makeCertificate } from '../../src/network/tls/certificate.ts';
import { fingerprintOf } from '../../src/network/tls/fingerprint.ts';
import { ClassicDecoder } from '../../src/protocol/classic/classic-decoder.ts';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { protocolNames } from '../../src/protocol/protocol-access.ts';
import { encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { Listener } from '../../src/transport/accept/listener.ts';
import { silentLog } from './trial-log.ts';

/** A peer that a sender may find at an address. */
export interface Target extends AsyncDisposable {
  readonly port: number;
  /** Frames that it has taken, those that came twice counted twice. */
  frames(): number;
  /** Connections that were made. */
  connections(): number;
}

/** A server of each connection, on a free port of the loopback. */
export async function openTarget(serve: (socket: Socket) => void, frames = () => 0): Promise<Target> {
  const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket.on('error', () => undefined)));
  return listen(server, frames);
}

async function listen(server: Server, frames: () => number): Promise<Target> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    frames,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** As the Python server: reads frames to the end, answers nothing, closes last; what it cannot read ends it. @param pauseMs before it reads */
export function openClassicServer(pauseMs = 0): Promise<Target> {
  let frames = 0;
  return openTarget(
    (socket) => {
      const decoder = new ClassicDecoder(defaultFrameLimits);
      socket.pause();
      setTimeout(() => socket.resume(), pauseMs);
      socket.on('data', (chunk) => {
        try {
          const found = decoder.decode(chunk);
          let next = found.next();
          for (; next.done !== true; next = found.next()) frames++;
          if (next.value < chunk.length) socket.destroy();
        } catch {
          socket.destroy();
        }
      });
      socket.on('end', () => socket.end());
    },
    () => frames,
  );
}

/** Ours, in this process. */
export interface OwnReceiver extends Target {
  readonly taken: readonly ReceivedFrame[];
  /** Of its certificate; undefined without TLS. */
  readonly pin: string | undefined;
}

export async function openOwn(safety: { tls?: boolean; token?: string } = {}): Promise<OwnReceiver> {
  const pem = safety.tls === true ? await makeCertificate() : '';
  const taken: ReceivedFrame[] = [];
  let connections = 0;
  const handler = {
    connected: () => undefined,
    notice: () => undefined,
    deliver: (frame: ReceivedFrame) => {
      taken.push(frame);
      return true;
    },
    rejected: () => undefined,
    disconnected: () => connections++,
  };
  const limits = { headerTimeoutMs: 5000, idleTimeoutMs: 10_000, maxSenders: 100, maxPerAddress: 100 };
  const listener = await Listener.open(
    {
      ...{ ...defaultFrameLimits, ...limits, host: '127.0.0.1', port: 0, accept: protocolNames },
      tls: pem === '' ? undefined : { key: pem, cert: pem },
      token: safety.token === undefined ? undefined : new TextEncoder().encode(safety.token),
    },
    handler,
    silentLog,
  );
  return {
    port: listener.addresses[0]?.port ?? 0,
    taken,
    pin: pem === '' ? undefined : fingerprintOf(new X509Certificate(pem).raw),
    frames: () => taken.length,
    connections: () => connections,
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

const rejection = encodeMessage({ type: 'FAIL', code: 'OUTPUT_FAILED', reason: 'Cannot save' });
const welcome = encodeMessage({ type: 'WELC', keepAliveMs: 10_000, sequence: 0 });

/** Programs that take no pictures, and receivers that go before they have answered for any. */
export const otherServers = {
  'an SSH port': () =>
    openTarget((socket) => {
      socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n');
      socket.on('end', () => socket.end()).resume();
    }),
  'an SSH port that is in no hurry': () =>
    openTarget((socket) => {
      setTimeout(() => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'), 300);
      socket.on('end', () => socket.end()).resume();
    }),
  'a web server': () =>
    listen(
      createHttpServer((_, response) => response.end('hello')),
      () => 0,
    ),
  'a web server that answers at the end': () =>
    openTarget((socket) => socket.on('end', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).resume()),
  'a port that says a few bytes at the end': () =>
    openTarget((socket) => socket.on('end', () => socket.end('bye')).resume()),
  'a TLS server that sends an alert': () =>
    openTarget((socket) => socket.once('data', () => socket.end(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 0x46))).resume()),
  'a mail server': () =>
    openTarget((socket) => {
      socket.write('220 a\r\n');
      socket.on('end', () => socket.end()).resume();
    }),
  'a port that closes at once': () => openTarget((socket) => socket.destroy()),
  'a port that ends at once': () => openTarget((socket) => socket.end().resume()),
  'a port that resets at once': () => openTarget((socket) => socket.resetAndDestroy()),
  'a port that closes after the first bytes': () =>
    openTarget((socket) => socket.once('data', () => socket.end()).resume()),
  'a port that resets at the end': () =>
    openTarget((socket) => socket.on('end', () => socket.resetAndDestroy()).resume()),
  'a receiver of ours whose rejection is cut short': () =>
    openTarget((socket) => socket.on('end', () => socket.end(rejection.subarray(0, -4))).resume()),
  'a receiver of ours that says one byte of its answer': () =>
    openTarget((socket) =>
      socket.once('data', () => socket.write(welcome.subarray(0, 1))).on('end', () => socket.end()),
    ),
  'a receiver of ours that asks for the time and answers nothing': () =>
    openTarget((socket) => {
      socket.once('data', () => socket.write(encodeMessage({ type: 'ping', sentUs: 1 })));
      socket.on('end', () => socket.end());
    }),
  'a port that reads for ever': () => openTarget((socket) => socket.resume()),
  'a port that never reads': () => openTarget((socket) => socket.pause()),
} as const satisfies Record<string, () => Promise<Target>>;
