import type { Camera } from '../../frames/camera.ts';
import type { CameraRegistry } from '../../frames/camera-registry.ts';
import type { Options } from '../../options/option.ts';
import { positiveMs } from '../../options/readers.ts';
import { parsedFile } from '../../options/secret-file.ts';
import { readName } from '../../protocol/wire2/message.ts';
import { onAbort } from '../../system/abort.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';

/** More cameras than one receiver carries. */
const maxNames = 1000;
/** Of a line that is no name, in the message. */
const maxShown = 100;

const group = 'Cameras:';

/** The cameras that must be there. */
export const expectOptions = {
  expect: {
    group,
    describe: 'File with the names of the cameras that must be there, one in each line; `#` begins a comment',
    read: parsedFile(parseNames),
    holds: 'file',
  },
  'expect-within': {
    group,
    describe: 'A camera of `--expect` that is away for this time is missing: a warning, and `--on-missing`',
    default: '1m',
    read: positiveMs,
    needs: 'expect',
  },
} satisfies Options;

/** The cameras that must be there, and how long each may be away. */
export interface Expectations {
  readonly names: readonly string[];
  readonly withinMs: number;
}

/** One name in each line. @throws Error */
export function parseNames(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const names = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseName);
  const distinct = [...new Set(names)];
  if (distinct.length > maxNames) throw new Error(`it must have at most ${maxNames} names: it has ${distinct.length}`);
  return distinct;
}

function parseName(line: string): string {
  const name = readName(line);
  if (name !== undefined) return name;
  const shown = JSON.stringify(line.slice(0, maxShown));
  throw new Error(`each line must be a name of 1 to 64 bytes without control characters: one is ${shown}`);
}

/** Reports the expected cameras that are away for too long, each once until it is back. */
export function watchExpected(withinMs: number, cameras: CameraRegistry, log: Log, signal: AbortSignal): void {
  // By key: a camera that is forgotten has another object, and is expected as before.
  const timers = new Map<string, NodeJS.Timeout>();
  const limited = new LimitedLog(log);
  const report = (key: string) => {
    const camera = cameras.find(key);
    if (camera === undefined || camera.isOnline || !cameras.expected.has(camera)) return;
    limited.warn('missing', `${describeAbsence(camera, withinMs)} (--expect-within)`);
    cameras.events.missing(camera);
  };
  const stopWaiting = ({ key }: Camera) => {
    clearTimeout(timers.get(key));
    timers.delete(key);
  };
  const wait = (camera: Camera) => {
    if (signal.aborted || !cameras.expected.has(camera)) return;
    stopWaiting(camera);
    timers.set(
      camera.key,
      setTimeout(() => report(camera.key), withinMs),
    );
  };
  const stopListening = cameras.events.listen({ stallAfterMs: undefined }, ({ kind, camera }) => {
    if (kind === 'up') stopWaiting(camera);
    if (kind === 'down') wait(camera);
  });
  for (const camera of cameras.expected) if (!camera.isOnline) wait(camera);
  onAbort(signal, () => {
    stopListening();
    for (const timer of timers.values()) clearTimeout(timer);
  });
}

function describeAbsence({ title, firstSeenUs }: Camera, withinMs: number): string {
  const time = `${withinMs / 1000} s`;
  return firstSeenUs === undefined ? `${title} has not come for ${time}` : `${title} has been away for ${time}`;
}
