import { until } from '../../test/support/until.ts';
import { requireCommand } from '../debian/command.ts';

/** One side of a link. */
export type Side = 'sender' | 'receiver';

const device = 'cable';
const table = 'chaos';
/** A full queue holds as much as goes out in this time. */
const queueMs = 400;
/** So much that no packet waits. */
const freeRate = '10gbit';
const linkTimeoutMs = 10_000;

/**
 * Two network namespaces with one cable between them: that of the senders and that of the receiver.
 *
 * The receiver has an address of its own behind two routers' addresses, so that the way to it can change. Needs root, and is to
 * be made in a network namespace that ends with its processes: nothing here is removed.
 */
export class Network {
  readonly #pair: number;
  /** The last part of the senders' address. */
  #host = 10;
  #router = 1;

  private constructor(pair: number) {
    this.#pair = pair;
  }

  /** @param pair from 0 to 200; no two networks have the same */
  static async open(pair: number): Promise<Network> {
    const network = new Network(pair);
    const [sender, receiver] = [network.#name('sender'), network.#name('receiver')];
    for (const name of [sender, receiver]) await ip('netns', 'add', name);
    await ip('-n', sender, 'link', 'add', device, 'type', 'veth', 'peer', 'name', device, 'netns', receiver);
    for (const name of [sender, receiver]) {
      await ip('-n', name, 'link', 'set', 'lo', 'up');
      await ip('-n', name, 'link', 'set', device, 'up');
    }
    for (const router of [1, 2]) {
      await ip('-n', receiver, 'addr', 'add', `${network.#address(router)}/24`, 'dev', device);
    }
    await ip('-n', receiver, 'addr', 'add', `${network.receiverHost}/32`, 'dev', 'lo');
    await ip('-n', sender, 'addr', 'add', `${network.#address(network.#host)}/24`, 'dev', device);
    await network.#route();
    return network;
  }

  /** Address of the receiver, as the senders know it. */
  get receiverHost(): string {
    return `10.99.${this.#pair}.1`;
  }

  /** A command that runs a program on that side: it gets the program's own command as its last arguments. */
  before(side: Side): string[] {
    return ['nsenter', `--net=/run/netns/${this.#name(side)}`, '--'];
  }

  async linkDown(side: Side): Promise<void> {
    await ip('-n', this.#name(side), 'link', 'set', device, 'down');
  }

  /** Returns when both ends carry packets: the kernel looks once a second whether a link has come up. */
  async linkUp(side: Side): Promise<void> {
    await ip('-n', this.#name(side), 'link', 'set', device, 'up');
    for (const end of ['sender', 'receiver'] as const) {
      await until(() => this.#isUp(end), 'a link to come up', linkTimeoutMs);
    }
    // The route went with the link, as it does where a network manager has made it.
    if (side === 'sender') await this.#route();
  }

  /** Limits what that side sends. */
  async cap(side: Side, kbit: number): Promise<void> {
    await this.#limit(side, `${kbit}kbit`, '4kb');
  }

  /** The packets in the queue go out first: to remove a queue is to drop them, which no faster link does. */
  async uncap(side: Side): Promise<void> {
    await this.#limit(side, freeRate, '1mb');
    const tc = (...args: string[]) => requireCommand('Freeing a link', 'tc', ['-n', this.#name(side), ...args]);
    const isEmpty = async () => /backlog 0b 0p/.test(await tc('-s', 'qdisc', 'show', 'dev', device));
    await until(isEmpty, 'the queue to empty', linkTimeoutMs);
    await tc('qdisc', 'del', 'dev', device, 'root');
  }

  async #limit(side: Side, rate: string, burst: string): Promise<void> {
    const queue = ['qdisc', 'replace', 'dev', device, 'root', 'handle', '1:', 'tbf'];
    const limit = ['rate', rate, 'burst', burst, 'latency', `${queueMs}ms`];
    await requireCommand('Limiting a link', 'tc', ['-n', this.#name(side), ...queue, ...limit]);
  }

  /** Drops packets that reach that side. @param percent of them; 100 drops all */
  async drop(side: Side, percent: number): Promise<void> {
    await this.#filter(side, percent === 100 ? 'drop' : `numgen random mod 100 < ${percent} drop`);
  }

  /** Answers each segment that reaches that side with a reset. */
  async reset(side: Side): Promise<void> {
    await this.#filter(side, 'meta l4proto tcp reject with tcp reset');
  }

  async unfilter(side: Side): Promise<void> {
    await this.#nft(side, `delete table ip ${table}`);
  }

  async removeAddress(): Promise<void> {
    await ip('-n', this.#name('sender'), 'addr', 'del', `${this.#address(this.#host)}/24`, 'dev', device);
  }

  /** Gives the senders another address, as a new lease would. */
  async addNextAddress(): Promise<void> {
    this.#host = 10 + ((this.#host - 9) % 200);
    await ip('-n', this.#name('sender'), 'addr', 'add', `${this.#address(this.#host)}/24`, 'dev', device);
    await this.#route();
  }

  async removeRoute(): Promise<void> {
    await ip('-n', this.#name('sender'), 'route', 'del', `${this.receiverHost}/32`);
  }

  /** The way to the receiver goes over its other router. */
  async addOtherRoute(): Promise<void> {
    this.#router = 3 - this.#router;
    await this.#route();
  }

  #name(side: Side): string {
    return `${side}-${this.#pair}`;
  }

  async #isUp(side: Side): Promise<boolean> {
    const shown = await ip('-n', this.#name(side), '-br', 'link', 'show', device);
    return /^\S+\s+UP\b/.test(shown);
  }

  #address(last: number): string {
    return `10.88.${this.#pair}.${last}`;
  }

  async #route(): Promise<void> {
    const way = ['via', this.#address(this.#router), 'dev', device];
    await ip('-n', this.#name('sender'), 'route', 'replace', `${this.receiverHost}/32`, ...way);
  }

  async #filter(side: Side, rule: string): Promise<void> {
    const chain = `add chain ip ${table} in { type filter hook input priority 0; }`;
    await this.#nft(side, `add table ip ${table}; ${chain}; add rule ip ${table} in ${rule}`);
  }

  async #nft(side: Side, script: string): Promise<void> {
    const [command = '', ...args] = [...this.before(side), 'nft', script];
    await requireCommand('Filtering packets', command, args);
  }
}

function ip(...args: string[]): Promise<string> {
  return requireCommand('Changing the network', 'ip', args);
}
