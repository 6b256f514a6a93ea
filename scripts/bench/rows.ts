import type { Row } from './row.ts';
import { answers } from './rows/answers.ts';
import { cameraForward } from './rows/camera-forward.ts';
import { cameraMjpeg } from './rows/camera-mjpeg.ts';
import { cameras } from './rows/cameras.ts';
import { forwardIperf } from './rows/forward-iperf.ts';
import { forwardMemory } from './rows/forward-memory.ts';
import { forwardPipe } from './rows/forward-pipe.ts';
import { frameCpu } from './rows/frame-cpu.ts';
import { latency } from './rows/latency.ts';
import { memoryGrowth } from './rows/memory-growth.ts';
import { memorySender } from './rows/memory-sender.ts';
import { natsRows } from './rows/nats.ts';
import { natsMemory } from './rows/nats-memory.ts';
import { receiverCores } from './rows/receiver-cores.ts';
import { receiverSenders } from './rows/receiver-senders.ts';
import { result } from './rows/result.ts';
import { start } from './rows/start.ts';
import { syscalls } from './rows/syscalls.ts';
import { videoClassic } from './rows/video-classic.ts';
import { videoLimit } from './rows/video-limit.ts';
import { videoWire2 } from './rows/video-wire2.ts';
import { wires } from './rows/wires.ts';

/** All rows, in the order of the page. */
export const rows: readonly Row[] = [
  ...[videoClassic, videoWire2, videoLimit],
  ...[cameraMjpeg, cameraForward],
  ...[forwardMemory, forwardPipe, forwardIperf],
  ...[receiverSenders, receiverCores, cameras, answers],
  ...[frameCpu, syscalls, latency, result, wires],
  ...[memoryGrowth, memorySender, start],
  ...natsRows,
  natsMemory,
];

/**
 * The rows of these names, in the order of the page; all for no name. The beginning of names, such as `nats` of `nats-24`, chooses
 * all of them. @throws Error for a name that no row has
 */
export function chooseRows(names: readonly string[]): readonly Row[] {
  const isOf = (row: Row, name: string) => row.name === name || row.name.startsWith(`${name}-`);
  const unknown = names.find((name) => !rows.some((row) => isOf(row, name)));
  if (unknown !== undefined)
    throw new Error(`Cannot measure '${unknown}': there are ${rows.map(({ name }) => name).join(', ')}`);
  return names.length === 0 ? rows : rows.filter((row) => names.some((name) => isOf(row, name)));
}
