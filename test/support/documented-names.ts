import { makeCheck } from '../../src/doctor/check.ts';
import { formatReportAsJson } from '../../src/doctor/report.ts';
import { CameraRegistry } from '../../src/frames/camera-registry.ts';
import { ResultHub } from '../../src/frames/results/result-hub.ts';
import { renderMetrics } from '../../src/metrics/metrics.ts';
import { encodeMetadata } from '../../src/nats/frame-headers.ts';
import { describeFrame } from '../../src/sinks/describe-frame.ts';
import {
  describeDetection,
  describePicture,
  describeSegment,
  formatVariables,
} from '../../src/sinks/hooks/hook-event.ts';
import { patternFields } from '../../src/sinks/save/file-names.ts';
import { reportCamera } from '../../src/sinks/web/live/camera-report.ts';
import { reportRecordings } from '../../src/sinks/web/recordings/recordings.ts';
import { WebStats } from '../../src/sinks/web/web-stats.ts';
import { makeReceived, makeSender } from './frames.ts';

const cameras = new CameraRegistry();
const camera = cameras.connected(makeSender({ name: 'garden' }));
const frame = makeReceived({ batch: { index: 1, length: 2, groupSequence: 3 } });
const check = makeCheck('camera', 'ok', '');
const findings = {
  ...JSON.parse(
    formatReportAsJson({
      checks: [],
      problem: undefined,
      camera: undefined,
      summary: '',
      next: { command: '', on: '' },
    }),
  ),
  ...check,
};
const segment = { file: 'garden.mkv', frames: 1, bytes: 1, startedAtUs: 0, endedAtUs: 0 };
const [recording] = await reportRecordings(
  {
    list: async () => [
      { id: 'a', camera: 'a', startedAtUs: 0, durationMs: 1, bytes: 1, isBeingWritten: false, isPlayable: true },
    ],
    open: async () => undefined,
    frames: async function* () {},
  },
  undefined,
);
const headers = encodeMetadata({
  ...{ sequence: 1, width: 1, height: 1, stream: makeSender({ stream: 'garden-k3x9f2ab' }).stream, name: 'a' },
  ...{ address: 'a', capturedAtUs: 0, receivedAtUs: 0, age: { us: 0, errorUs: 0, atUs: 0 }, publisher: 'a' },
}).keys();
const page = {
  ...{ name: 'web', done: 0, dropped: 0, failures: 0, waitingFrames: 0, waitingBytes: 0 },
  clients: new WebStats(),
};
const results = new ResultHub();
results.readDetector = () => ({ answers: 0, mismatches: 0, unreadable: 0, refused: 0, restarts: 0 });
const metrics = [...renderMetrics({ cameras, results, sinks: () => [page] }).text.matchAll(/^# TYPE (\S+)/gm)].map(
  ([, name = '']) => name.replace(/^image_socket_/, ''),
);
const { jpeg: _, ...seen } = frame;
const result = { camera, frame: seen, detections: [], omitted: 0, extra: {}, detectUs: 0, answeredAtUs: 0 };
const variables = [
  describeDetection(result, [], frame.jpeg),
  describePicture(camera, frame),
  describeSegment(camera, 'a', segment),
]
  .flatMap((event) => Object.keys(formatVariables(event)))
  .map((name) => (name === 'IMAGE_SOCKET_EVENT' ? name : name.replace('IMAGE_SOCKET_', '')));

/** Names that users meet in the output of the programs, and the page that documents them. */
export const documentedNames: readonly (readonly [what: string, page: string, names: readonly string[]])[] = [
  ['field of --json', 'src/sinks/lines/README.md', Object.keys(describeFrame(frame))],
  ['field of the doctor', 'src/doctor/README.md', Object.keys(findings)],
  ['field of /api/cameras', 'src/sinks/web/README.md', Object.keys(reportCamera(camera, undefined, 0))],
  ['field of /recordings', 'src/sinks/web/README.md', Object.keys(recording ?? {})],
  ['header of NATS', 'src/nats/README.md', headers],
  ['metric', 'src/metrics/README.md', metrics],
  ['variable of hooks', 'src/sinks/hooks/README.md', variables],
  ['field of a file name', 'src/sinks/save/README.md', Object.keys(patternFields).map((field) => `{${field}}`)],
  ['prefix of variables', 'src/options/README.md', ['IMAGE_SENDER_SEND_TIMEOUT', 'IMAGE_RECEIVER_JSON']],
];
