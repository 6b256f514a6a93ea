import { findPosition, type MatroskaHead, readHead, readPositions } from '../../../src/matroska/matroska-reader.ts';
import { MatroskaWriter } from '../../../src/matroska/matroska-writer.ts';
import { resumeMatroska } from '../../../src/matroska/resume.ts';
import { joinBytes } from '../../../src/protocol/byte-pieces.ts';
import { MemoryFileReader } from '../../../test/matroska/trial-matroska.ts';
import type { Random } from '../random.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { seedJpeg, seedName } from './seeds.ts';
import { matroskaStructure } from './structures.ts';

const startUs = 1_769_860_800_123_457;
/** Far more than the reader takes at once. */
const maxReadBytes = 2 ** 18;
/** Elements in a row that are no pictures. */
const maxOthers = 17;

async function check(input: Uint8Array): Promise<Outcome> {
  const reader = new MemoryFileReader(input);
  const head = await readHead(reader);
  const { frames, end } = head === undefined ? { frames: 0, end: 0 } : await readAll(reader, head);
  const sought = head === undefined ? 0 : await seek(reader, head);
  const resumed = await resume(reader, frames);
  const maxReads = 40 + 4 * maxOthers * (frames + 1) + 4 * frames;
  if (reader.reads > maxReads || reader.longest > maxReadBytes) {
    throw new Failure(`${reader.reads} reads, the longest of ${reader.longest} bytes, for ${frames} pictures`);
  }
  const facts = head === undefined ? 'none' : Object.entries(head).map(([name, value]) => `${name} ${typeof value}`);
  const signature = `${facts}; ${Math.min(frames, 4)}; ${end === input.length}; ${sought}; ${resumed}`;
  return { code: undefined, signature, bytes: input.length };
}

/** @throws Failure where a picture is not within the file, or before the one before it */
async function readAll(reader: MemoryFileReader, head: MatroskaHead, from?: number) {
  let [frames, end] = [0, from ?? head.framesAt];
  for await (const { position, bytes } of readPositions(reader, head, from)) {
    if (!(position >= end && bytes >= 0 && position + bytes <= reader.bytes)) {
      throw new Failure(`a picture is at ${position} with ${bytes} bytes, behind ${end} in ${reader.bytes}`);
    }
    frames++;
    end = position + bytes;
  }
  return { frames, end };
}

async function seek(reader: MemoryFileReader, head: MatroskaHead): Promise<string> {
  const kinds: string[] = [];
  for (const atUs of [-1, 40_000, 2 ** 40]) {
    const position = await findPosition(reader, head, head.startUs + atUs);
    if (!(position >= head.framesAt)) throw new Failure(`pictures are looked for at ${position}`);
    await readAll(reader, head, position);
    kinds.push(position > head.framesAt ? 'behind' : 'first');
  }
  return kinds.join(' ');
}

/** Repairs the file as a receiver does. @throws Failure where the repaired file has other pictures */
async function resume(reader: MemoryFileReader, frames: number): Promise<string> {
  const writer = await resumeMatroska(reader);
  if (writer === undefined) return 'as it is';
  if (writer.bytes > reader.bytes || writer.frames > frames) {
    throw new Failure(`goes on at ${writer.bytes} of ${reader.bytes}, with ${writer.frames} of ${frames} pictures`);
  }
  const { tail, head } = writer.encodeEnd();
  const repaired = joinBytes([await reader.read(0, writer.bytes), tail]);
  repaired.set(head);
  const again = new MemoryFileReader(repaired);
  const newHead = await readHead(again);
  if (newHead?.cuesAt !== writer.bytes) throw new Failure(`the cues are at ${newHead?.cuesAt}, not at ${writer.bytes}`);
  const found = await readAll(again, newHead);
  if (found.frames !== writer.frames) throw new Failure(`${found.frames} pictures of ${writer.frames} are left`);
  return 'repaired';
}

/** A file that is complete, or as a receiver leaves it that dies. */
export function seedMatroska(random: Random, jpeg = seedJpeg, frames = random.between(1, 5)): Uint8Array {
  const writer = new MatroskaWriter({ startUs, width: 64, height: 48, title: seedName(random) });
  const parts: Uint8Array[] = [writer.head];
  let head = writer.head;
  for (let i = 0, atUs = 0; i < frames; i++, atUs += random.pick([0, 40_000, 999_999])) {
    const picture = jpeg(random);
    parts.push(writer.encodeFrameHead(atUs, picture.length), picture);
    writer.add(atUs, picture.length);
    head = writer.encodeHeadUpdate() ?? head;
  }
  const end = random.oneIn(2) ? writer.encodeEnd() : { tail: new Uint8Array(), head };
  const file = joinBytes([...parts, end.tail]);
  file.set(end.head);
  return file;
}

/** The reader of recordings, its index, and the repair of a file that was not completed. */
export const matroska: Target = { seed: seedMatroska, structure: matroskaStructure, check };
