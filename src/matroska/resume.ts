import { encodeHead, frameHeadBytes } from './header.ts';
import { type FileReader, readHead, readPositions } from './matroska-reader.ts';
import { MatroskaWriter } from './matroska-writer.ts';

/**
 * A writer that goes on with a file that was not completed, behind its last whole picture. Reads
 * through the whole file, a little of each picture. Undefined where the file is complete, is none
 * of ours, or has no picture.
 */
export async function resumeMatroska(reader: FileReader): Promise<MatroskaWriter | undefined> {
  const head = await readHead(reader);
  if (head === undefined || head.cuesAt !== undefined) return undefined;
  const ours = encodeHead(head, head);
  const begin = await reader.read(0, ours.length);
  if (head.framesAt !== ours.length || begin.some((byte, i) => byte !== ours[i])) return undefined;
  const matroska = new MatroskaWriter(head);
  for await (const { capturedAtUs, position, bytes } of readPositions(reader, head)) {
    const atUs = capturedAtUs - head.startUs;
    if (position !== matroska.bytes + frameHeadBytes || atUs < matroska.lastUs) break;
    matroska.add(atUs, bytes);
  }
  return matroska.frames === 0 ? undefined : matroska;
}
