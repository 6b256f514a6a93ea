// Records pictures until it is killed: standard output gets a line for each that is recorded.
import { writeSync } from 'node:fs';
import process from 'node:process';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { matroskaFormat } from '../../src/sinks/record/matroska-segment.ts';
import { RecordProcessor } from '../../src/sinks/record/record-processor.ts';
import { makeReceived, makeSender } from '../support/frames.ts';
import { readPictures } from '../support/plain-programs.ts';
import { silentLog } from '../support/trial-log.ts';

const [, , directory = ''] = process.argv;
const standardOutput = 1;
const sender = makeSender({ name: 'camera' });
const camera = new CameraRegistry().connected(sender);
const pictures = await readPictures();
const settings = { directory, format: matroskaFormat, segment: {}, limits: {} };
const worker = await RecordProcessor.open(settings, silentLog);
for (let sequence = 0; sequence < 100_000; sequence++) {
  const jpeg = pictures[sequence % pictures.length] ?? new Uint8Array();
  const us = Date.UTC(2026, 0, 31, 12) * 1000 + sequence * 33_333;
  const frame = makeReceived({
    connection: sender,
    sequence,
    jpeg,
    width: 640,
    height: 480,
    capturedAtUs: us,
    receivedAtUs: us,
  });
  await worker.process(frame, camera);
  writeSync(standardOutput, `${sequence}\n`);
}
