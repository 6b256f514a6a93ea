import { readlink } from 'node:fs/promises';
import { requireCommand } from '../../scripts/debian/command.ts';
import { installPackages } from '../../scripts/debian/install.ts';
import { Child } from './child.ts';
import { until } from './until.ts';

/** A machine in a network of its own. */
export interface TrialMachine {
  readonly address: string;
  /** A command that runs a program on it: it gets the program's own command as its last arguments. */
  readonly before: readonly string[];
  /** Gives it another address. */
  move(address: string): Promise<void>;
}

const device = 'cable';
const startTimeoutMs = 20_000;

/**
 * Machines at one bridge, each a network namespace that ends with its process. Nothing in them reaches another network: the only place
 * where tests may announce and look. Needs root.
 */
export class TrialNetwork implements AsyncDisposable {
  readonly #hub: Namespace;
  readonly #machines: Namespace[] = [];

  private constructor(hub: Namespace) {
    this.#hub = hub;
  }

  static async open(): Promise<TrialNetwork> {
    await installPackages(['iproute2', 'util-linux'], 'the network of the tests');
    const hub = await Namespace.open();
    await hub.ip('link', 'add', 'bridge', 'type', 'bridge');
    await hub.ip('link', 'set', 'bridge', 'up');
    return new TrialNetwork(hub);
  }

  /** @param address such as 10.7.0.1, in a network of 24 bits */
  async add(address: string): Promise<TrialMachine> {
    const machine = await Namespace.open();
    this.#machines.push(machine);
    const port = `port${this.#machines.length}`;
    await this.#hub.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', device, 'netns', `${machine.pid}`);
    await this.#hub.ip('link', 'set', port, 'master', 'bridge', 'up');
    await machine.ip('link', 'set', device, 'up');
    await machine.ip('addr', 'add', `${address}/24`, 'dev', device);
    return {
      address,
      before: machine.before,
      move: async (next) => {
        await machine.ip('addr', 'flush', 'dev', device);
        await machine.ip('addr', 'add', `${next}/24`, 'dev', device);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#hub, ...this.#machines].map((one) => one.close()));
  }
}

class Namespace {
  readonly #holder: Child;

  private constructor(holder: Child) {
    this.#holder = holder;
  }

  static async open(): Promise<Namespace> {
    const namespace = new Namespace(new Child('unshare', ['--net', 'sleep', 'infinity']));
    const own = await readlink('/proc/self/ns/net');
    const isApart = async () => (await readlink(`/proc/${namespace.pid}/ns/net`)) !== own;
    await until(isApart, 'a network namespace', startTimeoutMs);
    await namespace.ip('link', 'set', 'lo', 'up');
    return namespace;
  }

  get pid(): number {
    return this.#holder.pid;
  }

  get before(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`, '--'];
  }

  async ip(...args: string[]): Promise<void> {
    const [command = '', ...rest] = [...this.before, 'ip', ...args];
    await requireCommand('Changing the network of a test', command, rest);
  }

  async close(): Promise<void> {
    await this.#holder.stop();
  }
}
