import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { NewNameLimiter } from '../../delivery/new-name-limiter.ts';
import { StreamRegistry } from '../../delivery/stream-registry.ts';
import { CodedError, formatError } from '../../errors.ts';
import type { ConnectionHandler } from '../../frames/connection-handler.ts';
import type { ConnectionStats } from '../../frames/received-frame.ts';
import type { FrameResult } from '../../frames/results/frame-result.ts';
import { formatAddress, hostKeyOf } from '../../network/address.ts';
import { isMissingAddress, resolveBindAddresses } from '../../network/bind-addresses.ts';
import { ConnectionLimiter, type ConnectionLimits } from '../../network/connection-limiter.ts';
import { describeNetworkError } from '../../network/network-error.ts';
import type { TlsIdentity } from '../../network/tls/identity.ts';
import type { ProtocolError } from '../../protocol/errors.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import type { ProtocolName } from '../../protocol/protocol-access.ts';
import type { DetectorState, ResultMessage } from '../../protocol/wire2/message.ts';
import { encodeMessage } from '../../protocol/wire2/message-encoder.ts';
import { FairScheduler } from '../../system/fair-scheduler.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { AcceptedSocket } from './accepted-socket.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { IdentityClaims } from './identity-claims.ts';
import type { IdleLimits } from './idle-timeout.ts';
import type { Joining } from './joining.ts';
import { LingeringClose } from './lingering-close.ts';
import { RejectionReply } from './rejection-reply.ts';
import { SenderLimiter } from './sender-limiter.ts';
import { createTlsBeside } from './tls-beside.ts';
import type { TlsHandshakes } from './tls-handshake.ts';
import { createTlsOnly } from './tls-only.ts';
import { TokenCheck } from './token-check.ts';

export interface ListenerOptions extends FrameLimits, IdleLimits, ConnectionLimits {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Undefined: no TLS. */
  readonly tls: Pick<TlsIdentity, 'key' | 'cert'> | undefined;
  /** Protocols that senders may use. */
  readonly accept: readonly ProtocolName[];
  /** The token that senders must have; undefined: every sender is accepted. */
  readonly token: Uint8Array | undefined;
  /** TLS that the port takes from its first connection on, beside others; undefined: none. */
  readonly tlsBeside?: Pick<TlsIdentity, 'key' | 'cert'> | undefined;
  /** Lets cameras join; undefined: none can. */
  readonly joining?: Joining | undefined;
  /** Whether only cameras that joined are accepted. */
  readonly isJoinedOnly?: boolean;
  /** Tells senders of the detector; undefined: there is none. */
  readonly readDetector?: (() => DetectorState | undefined) | undefined;
  /** Shares time among all connections of the program; undefined: among these alone. */
  readonly scheduler?: FairScheduler | undefined;
}

/** Accepts senders on every address that a host name stands for, on sockets that stay open until `close`. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #handler: ConnectionHandler;
  readonly #log: LimitedLog;
  readonly #servers: Server[] = [];
  readonly #limiter: ConnectionLimiter;
  readonly #accepted = new Set<AcceptedSocket>();
  readonly #lingeringClose = new LingeringClose();
  readonly #rejections = new RejectionReply(this.#lingeringClose);
  readonly #connectionOptions: ConnectionOptions;
  /** Takes TLS, alone or beside other connections; undefined: the port takes no TLS. */
  #tls: TlsHandshakes | undefined;

  private constructor(options: ListenerOptions, handler: ConnectionHandler, log: Log) {
    this.#options = options;
    this.#handler = handler;
    this.#log = new LimitedLog(log);
    this.#limiter = new ConnectionLimiter(options);
    const token = options.token === undefined ? undefined : new TokenCheck(options.token);
    const shared = {
      senderLimiter: new SenderLimiter(options.maxSenders, options.maxPerAddress),
      lingeringClose: this.#lingeringClose,
      scheduler: options.scheduler ?? new FairScheduler(),
      names: new NewNameLimiter(options.maxPerAddress),
    };
    const { joining } = options;
    const { joined } = joining ?? {};
    const known = { streams: new StreamRegistry(), identities: new IdentityClaims(), joined };
    this.#connectionOptions = { ...options, token, ...known, ...shared };
    const { tls: identity, headerTimeoutMs: handshakeTimeoutMs } = options;
    if (identity !== undefined) {
      this.#tls = createTlsOnly({ identity, handshakeTimeoutMs, failed: this.#tlsFailed }, this.#lingeringClose);
    }
    if (options.tlsBeside !== undefined) this.offerTls(options.tlsBeside);
  }

  /** @throws CodedError LISTEN_FAILED */
  static async open(options: ListenerOptions, handler: ConnectionHandler, log: Log): Promise<Listener> {
    const listener = new Listener(options, handler, log);
    const { host, port } = options;
    try {
      for (const address of await resolveBindAddresses(host)) {
        await listener.#listen(address, listener.addresses[0]?.port ?? port).catch((error) => {
          // A kernel without IPv6 still has a localhost.
          if (listener.addresses.length === 0 || !isMissingAddress(error, port)) throw error;
        });
      }
    } catch (error) {
      await listener.close();
      const where = formatAddress(host, port);
      const reason = `${describeNetworkError(error)}. ${describeWayOut(error, port)}`;
      throw new CodedError('LISTEN_FAILED', `Cannot listen on ${where}: ${reason}`);
    }
    return listener;
  }

  /** The addresses, with the real ports. */
  get addresses(): { address: string; port: number }[] {
    return this.#servers.map((server) => server.address() as AddressInfo);
  }

  /** From now on senders may use TLS on this port, too. A port that takes TLS only stays as it is. */
  offerTls(identity: Pick<TlsIdentity, 'key' | 'cert'>): void {
    if (this.#options.tls !== undefined) return;
    this.#tls = createTlsBeside(identity, this.#options, this.#tlsFailed);
  }

  /** Ends the connections that are meant, with the reason. */
  reject(error: ProtocolError, isMeant: (connection: ConnectionStats) => boolean): void {
    for (const accepted of this.#accepted) accepted.reject(error, isMeant);
  }

  /** Sends a result to the sender of its frame; false: it is not there, or cannot take one. */
  sendResult(result: FrameResult): boolean {
    const message = toMessage(result);
    const { stream } = result.frame;
    if (message === undefined || stream === undefined) return false;
    return this.#connectionOptions.streams.post(stream, encodeMessage(message));
  }

  /** Accepts no connection any more, and resolves when each has ended after the current frame. */
  async close(): Promise<void> {
    this.#lingeringClose.liftLimits();
    this.#connectionOptions.streams.close();
    for (const accepted of this.#accepted) accepted.stop();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(address: string, port: number): Promise<void> {
    const server = this.#createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port }, () => {
        server.off('error', reject);
        // A failed accept (no file descriptors left) costs that connection only.
        server.on('error', (error) =>
          this.#log.warn('accept', `Cannot accept a sender: ${describeNetworkError(error)}`),
        );
        resolve();
      });
    });
    this.#servers.push(server);
  }

  #createServer(): Server {
    // A sender that has said all half-closes, and still reads what is answered.
    const options = { noDelay: true, keepAlive: true, allowHalfOpen: true };
    return createServer(options, (socket) => {
      const accepted = this.#admit(socket);
      if (accepted === undefined) return;
      if (this.#tls === undefined) accepted.start(socket);
      else this.#tls(accepted, socket);
    });
  }

  readonly #tlsFailed = ({ label }: AcceptedSocket, reason: string): void => {
    this.#handler.rejected('TLS_FAILED');
    const line = `${label}: Cannot agree on TLS with a sender: ${reason} [TLS_FAILED]`;
    this.#log.warn('TLS_FAILED', line, hostKeyOf(label));
  };

  /** A place for a connection; undefined when there is none, and the connection is gone. */
  #admit(socket: Socket): AcceptedSocket | undefined {
    const accepted = new AcceptedSocket(socket, this.#connectionOptions, this.#handler);
    try {
      this.#limiter.admit(accepted);
    } catch (error) {
      const rejection = error as ProtocolError;
      this.#handler.rejected(rejection.code);
      this.#log.warn(rejection.code, `${accepted.label}: ${formatError(rejection)}`, hostKeyOf(accepted.label));
      // Under TLS there is no way to say it.
      if (this.#options.tls === undefined) this.#rejections.send(socket, rejection, this.#tls !== undefined);
      else socket.destroy();
      return undefined;
    }
    this.#accepted.add(accepted);
    socket.once('close', async () => {
      // A frame that still waits for a sink takes memory: its place is not free before.
      await accepted.finished;
      this.#limiter.leave(accepted);
      this.#accepted.delete(accepted);
    });
    return accepted;
  }
}

/** Undefined: its sender says no time by a steady clock, and so cannot tell how old a result is. */
function toMessage({ frame, detections, omitted, extra, detectUs }: FrameResult): ResultMessage | undefined {
  const { sequence, width, height, capturedAtUs, capturedMonotonicUs } = frame;
  if (capturedAtUs === undefined || capturedMonotonicUs === undefined) return undefined;
  const times = { capturedAtUs, capturedMonotonicUs };
  return { type: 'rslt', sequence, ...times, width, height, detections, omitted, extra, detectUs };
}

function describeWayOut(error: unknown, port: number): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `\`sudo ss -ltnp 'sport = :${port}'\` says which. Is image-receiver running already? --port 0 takes any free port`;
    case 'EACCES':
      return 'Use a --port from 1024 on';
    default:
      return '--host 0.0.0.0 listens on every address of this machine';
  }
}
