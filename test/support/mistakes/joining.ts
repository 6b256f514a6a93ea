import { JoiningSite } from '../../e2e/joining-parts.ts';
import type { Mistake, Told } from './mistake.ts';

/** Whether and how a sender is rejected at a receiver where a camera has joined, with that code. */
type Try = (site: JoiningSite, used: string) => Promise<{ code: number | null; messages: string }>;

/** A camera joins as garden; then somebody makes a mistake. */
async function joinAnd(attempt: Try): Promise<Told> {
  await using site = await JoiningSite.open('node', ['--quiet']);
  const { code: invitation } = await site.invite('garden');
  const joined = await site.join('pi', invitation);
  if (joined.code !== 0) throw new Error(joined.messages);
  const { code, messages } = await attempt(site, invitation);
  const lines = messages.split('\n').filter((line) => / \[[A-Z_]+\]$/.test(line));
  if (code === null || lines.length !== 1) throw new Error(`It ended with ${code}: ${messages}`);
  return { line: lines[0] ?? '', code, names: [[`127.0.0.1:${site.port}`, 'my-pc.local:8080']] };
}

const once = ['--count', '1', '--retries', '1'];

const tries: readonly (readonly [name: string, attempt: Try])[] = [
  [
    'the camera joined another receiver, or the key of its receiver was made anew',
    async (site) => {
      await site.receiver.stop();
      await site.loseKey();
      await site.start();
      return site.send('pi', 'pattern', ...once);
    },
  ],
  [
    'the receiver has forgotten the camera',
    async (site) => {
      await site.command('forget', 'garden');
      return site.send('pi', 'pattern', ...once);
    },
  ],
  ['the code is mistyped', (site, used) => site.join('other', `${used.slice(0, -1)}${used.endsWith('2') ? '3' : '2'}`)],
  [
    'the code is wrong, or that of another receiver',
    async (site) => {
      await site.invite('cellar');
      return site.join('other', '0000-0000-0000-0000');
    },
  ],
  ['the code is used, or older than ten minutes', (site, used) => site.join('other', used)],
  [
    'another camera joined with that name',
    (site) =>
      site.send('other', 'pattern', '--name', 'garden', '--host', '127.0.0.1', '--port', `${site.port}`, ...once),
  ],
];

export const joiningMistakes: readonly Mistake[] = tries.map(([name, attempt]) => ({
  name,
  provoke: () => joinAnd(attempt),
}));
