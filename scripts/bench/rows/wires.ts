import { FaultProxy } from '../../../test/support/fault-proxy.ts';
import type { Bench } from '../context.ts';
import { startMemorySender } from '../loads/ours.ts';
import type { Row } from '../row.ts';
import { startPackagedReceiver, timeoutMs } from '../support.ts';
import { measureOurs, pictureKind } from './latency.ts';
import { longest, p50, p99 } from './quantities.ts';

export const wires: Row = {
  name: 'wires',
  title: 'The two wires on loopback, 30 frames a second of 720p',
  about:
    'The latency of the row latency on each wire, and all bytes that the sender writes to the socket for a frame of about 68 kB.',
  seconds: 10,
  quantities: {
    p50,
    p99,
    longest,
    overhead: { name: 'bytes a frame over those of the JPEG, %', better: 'less', digits: 2 },
  },
  contenders: {
    ours: { name: 'wire 2', role: 'ours', run: (bench) => measure(bench, '2') },
    classic: { name: 'classic wire', role: 'ours', run: (bench) => measure(bench, 'classic') },
  },
  figures: [
    { key: 'p50', title: 'p50 of wire 2 against the classic wire', quantity: 'p50', against: 'classic' },
    { key: 'overhead', title: 'wire 2', quantity: 'overhead' },
    { key: 'classic-overhead', title: 'classic wire', quantity: 'overhead', of: 'classic' },
  ],
};

async function measure(bench: Bench, wire: string) {
  return { ...(await measureOurs(bench, wire)), overhead: await measureOverhead(bench, wire) };
}

async function measureOverhead(bench: Bench, wire: string): Promise<number> {
  const source = await bench.pictures(pictureKind);
  const { receiver, port } = await startPackagedReceiver(['--json']);
  await using _receiver = receiver;
  await using proxy = await FaultProxy.open(Number(port));
  const load = { source, seconds: 1, intervalS: 0.01 };
  await using _sender = startMemorySender(load, { port: `${proxy.port}`, wire });
  await receiver.waitForLine('stderr', /left after/, timeoutMs);
  const frames = receiver.lines('stdout').map((line) => JSON.parse(line) as { bytes: number });
  const jpegBytes = frames.reduce((sum, { bytes }) => sum + bytes, 0);
  return (proxy.bytes.up / jpegBytes - 1) * 100;
}
