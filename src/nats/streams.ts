import type { JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { type Wanted, wantedReplicas } from './stream-differences.ts';
import { isApiError, serverErrors, unusable } from './stream-errors.ts';
import { allEvents, allFrames, takes } from './subjects.ts';

/** The name of a stream that is made here. */
export const defaultStream = 'FRAMES';
/** Streams of which more than their names is read. */
const maxRead = 10;
const maxStreams = 1000;

export interface ReadStreams {
  /** Sorted. */
  readonly names: readonly string[];
  /** Of the first ten. */
  readonly infos: readonly StreamInfo[];
}

/** Those that take the subject or, where none does, all that have frames. */
export async function readStreams(manager: JetStreamManager, subject: string): Promise<ReadStreams> {
  const own = await listStreams(manager, subject);
  const names = own.length > 0 || subject === allFrames ? own : await listStreams(manager, allFrames);
  const infos: StreamInfo[] = [];
  for (const name of names.slice(0, maxRead)) infos.push(await manager.streams.info(name));
  return { names, infos };
}

/** The one that takes the subject, which has no wildcards. */
export function findStreamFor(streams: readonly StreamInfo[], subject: string): StreamConfig | undefined {
  return streams.find(({ config }) => config.subjects.some((pattern) => takes(pattern, subject)))?.config;
}

/** Advice for the case that none of them takes the subject. */
export function adviseOn(streams: readonly StreamInfo[], subject: string): string {
  const others = streams.map(
    ({ config: { name, subjects } }) => `${name} takes ${subjects.slice(0, maxRead).join(' ')}`,
  );
  return `${others.join(', ')}; add ${subject} to its subjects, or choose a name that it takes (--name)`;
}

export async function listStreams(manager: JetStreamManager, subject: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of manager.streams.names(subject)) {
    names.push(name);
    // A server that lists more streams is at fault: do not wait for the rest of its list.
    if (names.length >= maxStreams) break;
  }
  return names.sort();
}

export async function createStream(manager: JetStreamManager, wanted: Wanted): Promise<void> {
  try {
    await add(manager, wanted);
  } catch (error) {
    if (isApiError(error, serverErrors.subjectsOverlap)) {
      const others = (await listStreams(manager, allEvents)).join(', ');
      const advice = `take those out of it, or add ${allFrames} to them`;
      throw unusable(
        `Cannot make the stream ${defaultStream} as ${others} has some of ${allEvents} already: ${advice}`,
      );
    }
    // Another publisher was faster.
    const isThere = isApiError(error, serverErrors.nameInUse) && (await listStreams(manager, allFrames)).length > 0;
    if (!isThere) throw error;
  }
}

/** Adds the stream with replicas, so that it survives the loss of a server; with none if there are too few servers. */
async function add(manager: JetStreamManager, wanted: Wanted): Promise<void> {
  const config = { name: defaultStream, allow_direct: true, ...wanted };
  try {
    await manager.streams.add({ ...config, num_replicas: wantedReplicas });
  } catch (error) {
    if (!isApiError(error, serverErrors.replicasUnsupported, serverErrors.noPeers)) throw error;
    await manager.streams.add(config);
  }
}
