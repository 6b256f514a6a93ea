import { allFrames, cameraOf } from '../subjects.ts';
import type { StreamWay } from './consumers.ts';

const mostNames = 10;
const mostNameLength = 100;

/** One line for people where no frame came of a subject: which ones there are. Undefined where frames are there, for others of a group. */
export async function describeAbsence(way: StreamWay): Promise<string | undefined> {
  const { subject } = way;
  const line = `no picture came on ${subject} yet`;
  try {
    if ((await listSubjects(way, subject)).length > 0) return undefined;
    const names = (await listSubjects(way, allFrames)).map((found) => formatName(cameraOf(found))).sort();
    if (names.length === 0) return `${line}; the stream holds none`;
    const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
    return `${line}; there are: ${names.slice(0, mostNames).join(', ')}${more}`;
  } catch {
    // This user may not look, or the connection is gone.
    return line;
  }
}

async function listSubjects({ manager, stream }: StreamWay, subject: string): Promise<string[]> {
  const { state } = await manager.streams.info(stream.config.name, { subjects_filter: subject });
  return Object.keys(state.subjects ?? {});
}

/** Anyone may publish there, under any name. */
function formatName(name: string): string {
  return JSON.stringify(name.slice(0, mostNameLength)).slice(1, -1);
}
