import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { requireCommand } from '../../../scripts/debian/command.ts';
import { installPackages } from '../../../scripts/debian/install.ts';
import type { Check } from '../../../src/doctor/check.ts';
import { makeFolder } from '../../e2e/suite.ts';
import { Child } from '../child.ts';
import { SteppedClock } from '../clock.ts';
import { type TrialMachine, TrialNetwork } from '../networks.ts';
import { type ProgramName, soonMs, startProgram } from '../programs.ts';
import { type Mistake, readEnd, type Told } from './mistake.ts';

/** A PC and a Pi at one bridge. */
interface Pair {
  readonly pc: TrialMachine;
  readonly pi: TrialMachine;
}

const pcAddress = '10.7.0.1';
/** An address that no machine has. */
const nowhere = '10.7.0.99';
const names = [
  [nowhere, 'my-pc.local'],
  [pcAddress, 'my-pc.local'],
] as const;

function start(machine: TrialMachine, program: ProgramName, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return startProgram('node', program, args, { before: machine.before, env });
}

/** A sender on the Pi that gives up at once. */
async function send({ pi }: Pair, args: readonly string[]): Promise<Told> {
  const host = args.includes('--host') ? [] : ['--host', pcAddress];
  await using sender = start(pi, 'image-sender', ['pattern', '--size', '64x48', '--retries', '1', ...host, ...args]);
  const end = await readEnd(sender);
  await using doctor = start(pi, 'image-sender', ['doctor', '--json', ...host, ...args]);
  await doctor.wait(soonMs);
  const { checks } = JSON.parse(doctor.lines('stdout').join('')) as { checks: Check[] };
  return { ...end, names, doctor: checks.find(({ name }) => name === 'receiver') };
}

async function startReceiver({ pc }: Pair, args: readonly string[]): Promise<Child> {
  const receiver = start(pc, 'image-receiver', ['--quiet', ...args]);
  await receiver.waitForLine('stderr', /listening on/, soonMs);
  return receiver;
}

/** A server on the PC, from a script for Node that logs when it listens. */
async function startServer({ pc }: Pair, script: string): Promise<Child> {
  const [command = '', ...args] = [...pc.before, process.execPath, '-e', script];
  const server = new Child(command, args);
  await server.waitForLine('stdout', /ready/, soonMs);
  return server;
}

const webServer = `require('http').createServer((_, answer) => answer.end('hello')).listen(8000, () => console.log('ready'))`;
const sshServer = `require('net').createServer((socket) => socket.on('error', () => {}).write('SSH-2.0-OpenSSH_9.2p1\\r\\n')).listen(22, () => console.log('ready'))`;

/** Options of both ends with tokens in files. @param own that of the sender; undefined: none */
async function sendToken(pair: Pair, own: string | undefined): Promise<Told> {
  await using folder = await makeFolder();
  const [right, wrong] = [join(folder.path, 'right'), join(folder.path, 'wrong')];
  await writeFile(right, 'the right secret', { mode: 0o600 });
  if (own !== undefined) await writeFile(wrong, own, { mode: 0o600 });
  await using _receiver = await startReceiver(pair, ['--host', '0.0.0.0', '--token-file', right]);
  return await send(pair, own === undefined ? [] : ['--token-file', wrong, '--token-without-tls']);
}

async function dropPackets({ pc }: Pair): Promise<void> {
  await installPackages(['nftables'], 'the firewall of a test');
  const rules = 'table inet trial { chain input { type filter hook input priority 0; tcp dport 8080 drop; }; }';
  const [command = '', ...args] = [...pc.before, 'nft', rules];
  await requireCommand('Dropping packets', command, args);
}

const ways: readonly (readonly [name: string, provoke: (pair: Pair) => Promise<Told>])[] = [
  ['the PC is off, or has another address', (pair) => send(pair, ['--host', nowhere])],
  ['no receiver runs there, or it has another port', (pair) => send(pair, [])],
  [
    'the receiver listens for its own machine only',
    async (pair) => {
      await using _receiver = await startReceiver(pair, []);
      return await send(pair, []);
    },
  ],
  [
    'the port is that of a web server',
    async (pair) => {
      await using _server = await startServer(pair, webServer);
      return await send(pair, ['--port', '8000']);
    },
  ],
  [
    'the port is that of another server, such as SSH',
    async (pair) => {
      await using _server = await startServer(pair, sshServer);
      return await send(pair, ['--port', '22']);
    },
  ],
  [
    'a firewall drops what comes to the port',
    async (pair) => {
      await dropPackets(pair);
      await using _receiver = await startReceiver(pair, ['--host', '0.0.0.0']);
      return await send(pair, ['--connect-timeout', '2s']);
    },
  ],
  ['the token is wrong', (pair) => sendToken(pair, 'the wrong secret')],
  ['the sender has no token', (pair) => sendToken(pair, undefined)],
  [
    'the fingerprint is wrong',
    async (pair) => {
      await using _receiver = await startReceiver(pair, ['--host', '0.0.0.0', '--tls']);
      return await send(pair, ['--tls-pin', `sha256:${'0'.repeat(64)}`]);
    },
  ],
  [
    'the receiver has `--tls`, and the sender has not',
    async (pair) => {
      await using _receiver = await startReceiver(pair, ['--host', '0.0.0.0', '--tls']);
      return await send(pair, []);
    },
  ],
  [
    'the clock of a machine is far off',
    async (pair) => {
      await using clock = await SteppedClock.open(-86_400_000);
      await using receiver = await startReceiver(pair, ['--host', '0.0.0.0']);
      const args = ['pattern', '--size', '64x48', '--host', pcAddress];
      await using _sender = start(pair.pi, 'image-sender', args, clock.env);
      const [line = ''] = await receiver.waitForLine('stderr', /^.* its clock is .*$/, soonMs);
      return { line, code: undefined, names };
    },
  ],
];

export const networkMistakes: readonly Mistake[] = ways.map(([name, provoke]) => ({
  name,
  skip: process.getuid?.() === 0 ? false : 'only root can make networks',
  async provoke() {
    await using network = await TrialNetwork.open();
    return await provoke({ pc: await network.add(pcAddress), pi: await network.add('10.7.0.2') });
  },
}));
