import { allFrames, cameraOf } from '../subjects.ts';
import type { StreamContext } from './consumers.ts';

const maxNames = 10;
const maxNameLength = 100;

/** One line for people where no frame came of a subject: which ones there are. Undefined where frames are there, for others of a group. */
export async function describeAbsence(context: StreamContext): Promise<string | undefined> {
  const { subject } = context;
  const line = `no picture came on ${subject} yet`;
  try {
    if ((await listSubjects(context, subject)).length > 0) return undefined;
    const names = (await listSubjects(context, allFrames)).map((found) => formatName(cameraOf(found))).sort();
    if (names.length === 0) return `${line}; the stream holds none`;
    const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
    return `${line}; there are: ${names.slice(0, maxNames).join(', ')}${more}`;
  } catch {
    // This user may not look, or the connection is gone.
    return line;
  }
}

async function listSubjects({ manager, stream }: StreamContext, subject: string): Promise<string[]> {
  const { state } = await manager.streams.info(stream.config.name, { subjects_filter: subject });
  return Object.keys(state.subjects ?? {});
}

/** Anyone may publish there, under any name. */
function formatName(name: string): string {
  return JSON.stringify(name.slice(0, maxNameLength)).slice(1, -1);
}
