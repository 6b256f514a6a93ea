import process from 'node:process';
import { runChild } from '../../../test/support/child.ts';
import type { Bench } from '../context.ts';
import { small } from '../loads/pictures.ts';
import { median } from '../ratios.ts';
import type { Row, Values } from '../row.ts';
import { programFile, startPackaged, startPackagedReceiver, timeoutMs } from '../support.ts';

const startsPerRound = 5;

export const start: Row = {
  name: 'start',
  title: 'Start of the packaged programs',
  about:
    'From the command to the end of --help; and, with a receiver that runs already, from the command of a sender of a folder of JPEGs to the line of the receiver about the first frame. `node -e 0` starts the same Node, which is not packaged. Each value is the median of five starts.',
  seconds: 1,
  quantities: {
    sender: { name: 'image-sender --help, ms', better: 'less', digits: 0 },
    receiver: { name: 'image-receiver --help, ms', better: 'less', digits: 0 },
    firstFrame: { name: 'to the first frame received, ms', better: 'less', digits: 0 },
    node: { name: '`node -e 0`, ms', better: 'less', digits: 0 },
  },
  contenders: {
    ours: { name: 'image-socket', role: 'ours', run: (bench) => measure(bench, bench.built) },
    before: {
      name: 'image-socket before',
      role: 'before',
      run: async (bench) => measure(bench, await bench.baseline()),
    },
    node: {
      name: 'node -e 0',
      role: 'limit',
      run: async () => ({ node: await timeStarts(() => runChild(process.execPath, ['-e', '0'], timeoutMs)) }),
    },
  },
  figures: [
    {
      key: 'sender',
      title: 'image-sender --help',
      quantity: 'sender',
      against: 'node',
      againstQuantity: 'node',
      goal: 2,
    },
    {
      key: 'receiver',
      title: 'image-receiver --help',
      quantity: 'receiver',
      against: 'node',
      againstQuantity: 'node',
      goal: 2,
    },
    {
      key: 'first-frame',
      title: 'to the first frame received',
      quantity: 'firstFrame',
      against: 'node',
      againstQuantity: 'node',
      goal: 5,
    },
    { key: 'sender-before', title: 'image-sender --help, against the baseline', quantity: 'sender', against: 'before' },
    {
      key: 'first-frame-before',
      title: 'to the first frame received, against the baseline',
      quantity: 'firstFrame',
      against: 'before',
    },
  ],
};

async function measure(bench: Bench, folder: string): Promise<Values> {
  const help = (program: string) => timeStarts(() => runChild(programFile(program, folder), ['--help'], timeoutMs));
  return {
    sender: await help('image-sender'),
    receiver: await help('image-receiver'),
    firstFrame: await timeFirstFrame(await bench.pictures(small), folder),
  };
}

async function timeFirstFrame(pictures: string, folder: string): Promise<number> {
  const { receiver, port } = await startPackagedReceiver(['--json'], { folder });
  await using _receiver = receiver;
  const args = ['folder', pictures, '--interval', '0', '--count', '1', '--port', port];
  const times: number[] = [];
  for (let i = 0; i < startsPerRound; i++) {
    const startMs = performance.now();
    await using sender = startPackaged('image-sender', args, { folder });
    await receiver.waitForLine('stdout', /"sequence":/, timeoutMs);
    times.push(performance.now() - startMs);
    await sender.wait(timeoutMs);
  }
  return median(times);
}

async function timeStarts(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < startsPerRound; i++) {
    const startMs = performance.now();
    await run();
    times.push(performance.now() - startMs);
  }
  return median(times);
}
