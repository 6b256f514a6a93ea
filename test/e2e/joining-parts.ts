import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { ListedCamera } from '../../src/cli/receiver/cameras/control.ts';
import type { InvitationAnswer } from '../../src/cli/receiver/cameras/invite.ts';
import { makeTlsIdentity } from '../support/certificate.ts';
import type { Child, Ending } from '../support/child.ts';
import { findFreePort } from '../support/ports.ts';
import { type Runtime, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { makeFolder } from './suite.ts';

type Answer = Ending & { readonly output: string; readonly messages: string };

/** A receiver that cameras can join, and the state folders of both ends. */
export class JoiningSite implements AsyncDisposable {
  readonly runtime: Runtime;
  readonly #folder: Awaited<ReturnType<typeof makeFolder>>;
  readonly #args: readonly string[];
  /** Variables of image-sender beside its state folder. */
  senderEnv: Readonly<Record<string, string>> = {};
  receiver!: Child;
  port = 0;

  private constructor(runtime: Runtime, folder: Awaited<ReturnType<typeof makeFolder>>, args: readonly string[]) {
    this.runtime = runtime;
    this.#folder = folder;
    this.#args = args;
  }

  static async open(runtime: Runtime, args: readonly string[] = []): Promise<JoiningSite> {
    const site = new JoiningSite(runtime, await makeFolder(), args);
    await site.start();
    return site;
  }

  /** Starts the receiver, on the port that it had before. */
  async start(): Promise<void> {
    const where = this.port === 0 ? [] : ['--port', `${this.port}`];
    const env = this.#env('receiver');
    ({ receiver: this.receiver, port: this.port } = await startReceiver(this.runtime, [...where, ...this.#args], {
      env,
    }));
  }

  /** Runs a command of the receiver. */
  command(...args: readonly string[]): Promise<Answer> {
    return this.#run('image-receiver', [...args, '--port', `${this.port}`], 'receiver');
  }

  async invite(name: string): Promise<InvitationAnswer> {
    const { output, messages } = await this.command('invite', name, '--json');
    if (output === '') throw new Error(messages);
    return JSON.parse(output) as InvitationAnswer;
  }

  async list(): Promise<ListedCamera[]> {
    return JSON.parse((await this.command('cameras', '--json')).output) as ListedCamera[];
  }

  /** Runs image-sender to its end. @param camera names its state folder */
  send(camera: string, ...args: readonly string[]): Promise<Answer> {
    return this.#run('image-sender', args, camera);
  }

  /** Starts image-sender. */
  begin(camera: string, ...args: readonly string[]): Child {
    return startProgram(this.runtime, 'image-sender', args, { env: this.#env(camera) });
  }

  join(camera: string, code: string, port = this.port): Promise<Answer> {
    return this.send(camera, 'join', code, '--host', '127.0.0.1', '--port', `${port}`);
  }

  /** Whether that camera keeps a receiver. */
  keepsReceiver(camera: string): boolean {
    return existsSync(join(this.#folder.path, camera, 'image-socket', 'receiver.json'));
  }

  /** That camera cannot keep anything: a file is in the place of its state folder. */
  blockState(camera: string): Promise<void> {
    return writeFile(join(this.#folder.path, camera), '');
  }

  /** The file of cameras that joined; undefined: there is none. */
  readJoined(): Promise<string | undefined> {
    const path = join(this.#folder.path, 'receiver', 'image-socket', `joined-${this.port}.json`);
    return readFile(path, 'utf8').catch(() => undefined);
  }

  /** The receiver makes another key at its next start. */
  async loseKey(): Promise<void> {
    await rm(join(this.#folder.path, 'receiver', 'image-socket', 'receiver-tls.pem'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.receiver.stop();
    await this.#folder[Symbol.asyncDispose]();
  }

  #env(who: string): Record<string, string> {
    return { XDG_STATE_HOME: join(this.#folder.path, who), ...(who === 'receiver' ? {} : this.senderEnv) };
  }

  async #run(program: 'image-sender' | 'image-receiver', args: readonly string[], who: string): Promise<Answer> {
    await using child = startProgram(this.runtime, program, args, { env: this.#env(who) });
    const ending = await child.wait(soonMs);
    return { ...ending, output: child.lines('stdout').join('\n'), messages: child.lines('stderr').join('\n') };
  }
}

/** A machine between the two ends that has a certificate of its own, and reads all. */
export interface TlsProxy extends AsyncDisposable {
  readonly port: number;
  /** The bytes that senders sent. */
  readonly sent: Uint8Array[];
}

export async function openTlsProxy(target: number): Promise<TlsProxy> {
  const identity = await makeTlsIdentity();
  const [key, cert] = await Promise.all([readFile(identity.keyPath), readFile(identity.certPath)]);
  const sent: Uint8Array[] = [];
  const server: Server = createTlsServer({ key, cert, minVersion: 'TLSv1.3' }, (socket) => {
    const onward = openSession(target);
    socket.on('data', (chunk: Uint8Array) => sent.push(chunk));
    socket.pipe(onward).pipe(socket);
    for (const one of [socket, onward]) {
      one.on('error', () => {
        socket.destroy();
        onward.destroy();
      });
    }
  });
  server.listen(await findFreePort(), '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await identity[Symbol.asyncDispose]();
    },
  };
}

/** A TLS connection to the receiver that trusts any certificate. */
export function openSession(port: number): TLSSocket {
  return connectTls({ host: '127.0.0.1', port, minVersion: 'TLSv1.3', rejectUnauthorized: false });
}
