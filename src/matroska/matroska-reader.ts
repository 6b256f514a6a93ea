import { epochGapUs, ids } from './elements.ts';
import { type MatroskaInfo, type MatroskaTiming, segmentAt } from './header.ts';

/** Reads the bytes of a file, piece by piece. */
export interface FileReader {
  /** Length of the file as it is. */
  readonly bytes: number;
  /** Gives fewer than `length` bytes at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
}

/** The place of a picture. */
export interface FramePosition {
  /** Capture: microseconds since 1970, UTC. */
  readonly capturedAtUs: number;
  /** Position of the JPEG, from the start of the file. */
  readonly position: number;
  /** Length of the JPEG. */
  readonly bytes: number;
}

/** The head of a file. Its timing is a second old where the file is being written, or was torn. */
export interface MatroskaHead extends MatroskaInfo, MatroskaTiming {
  /** Where the pictures begin. */
  readonly framesAt: number;
  /** Position of the cues; undefined in a file that is being written, or was torn. */
  readonly cuesAt: number | undefined;
}

interface Element {
  readonly id: number;
  /** Where the content begins. */
  readonly at: number;
  /** Bytes of the content; undefined where they are not known. */
  readonly size: number | undefined;
}

/** An element: where it begins, and where its content begins and ends. */
interface Span {
  readonly id: number;
  readonly at: number;
  readonly end: number;
  readonly begin: number;
}

/** Elements that others are in. */
const parents: ReadonlySet<number> = new Set([ids.seekHead, ids.seek, ids.info, ids.tracks, ids.trackEntry, ids.video]);
/** All bytes before a JPEG are within so many. */
const pictureBytes = 32;
/** The head of our files is far shorter. */
const maxHeadBytes = 4096;
/** The cues of our files are shorter. */
const maxCuesBytes = 131_072;
/** The most elements in a row that are no pictures. */
const maxOthers = 16;

/**
 * Reads the head; undefined where the file is none of ours, or is torn before its first picture.
 */
export async function readHead(reader: FileReader): Promise<MatroskaHead | undefined> {
  const bytes = await reader.read(0, maxHeadBytes);
  const ebml = readElement(bytes, 0);
  if (ebml?.id !== ids.ebml || ebml.size === undefined) return undefined;
  const segment = readElement(bytes, ebml.at + ebml.size);
  if (segment?.id !== ids.segment) return undefined;
  const found: Found = {
    startUs: undefined,
    title: '',
    width: 0,
    height: 0,
    frameNs: undefined,
    durationUs: undefined,
    cuesAt: undefined,
    soughtId: 0,
  };
  for (const child of readElements(bytes, segment.at, bytes.length)) {
    if (child.id === ids.cluster || child.id === ids.cues) {
      const { startUs, soughtId: _, ...facts } = found;
      return startUs === undefined ? undefined : { ...facts, startUs, framesAt: child.begin };
    }
    readFacts(bytes, child, found);
  }
  return undefined;
}

type Found = { -readonly [key in keyof Omit<MatroskaHead, 'framesAt' | 'startUs'>]: MatroskaHead[key] } & {
  startUs: number | undefined;
  /** The id of the element that the next position belongs to. */
  soughtId: number;
};

/** Reads the facts of an element, and of the elements in it. */
function readFacts(bytes: Uint8Array, { id, at, end }: Span, found: Found): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, end - at);
  const isLong = view.byteLength === 8;
  if (parents.has(id)) for (const child of readElements(bytes, at, end)) readFacts(bytes, child, found);
  else if (id === ids.title) found.title = new TextDecoder().decode(view);
  else if (id === ids.dateUtc && isLong) found.startUs = Number(view.getBigInt64(0) / 1000n) + epochGapUs;
  else if (id === ids.duration && isLong) found.durationUs = readDurationUs(view);
  else if (id === ids.defaultDuration && isLong) found.frameNs = readInteger(bytes, at, 8);
  else if (id === ids.seekId) found.soughtId = readInteger(bytes, at, end - at);
  else if (id === ids.seekPosition && found.soughtId === ids.cues) found.cuesAt = segmentAt + readInteger(bytes, at, 6);
  else if (id === ids.pixelWidth) found.width = readInteger(bytes, at, end - at);
  else if (id === ids.pixelHeight) found.height = readInteger(bytes, at, end - at);
}

/**
 * Where to begin to read for pictures that were captured at that time or later: a few pictures
 * before them, or the first picture.
 */
export async function findPosition(reader: FileReader, head: MatroskaHead, capturedAtUs: number): Promise<number> {
  const { cuesAt, framesAt, startUs } = head;
  let found = framesAt;
  if (cuesAt === undefined || capturedAtUs <= startUs) return found;
  const bytes = await reader.read(cuesAt, maxCuesBytes);
  const cues = readElement(bytes, 0);
  if (cues?.id !== ids.cues || cues.size === undefined) return found;
  for (const point of readElements(bytes, cues.at, Math.min(bytes.length, cues.at + cues.size))) {
    const { atUs, position } = readCue(bytes, point);
    // Several cues may have the same time.
    if (atUs >= capturedAtUs - startUs) break;
    if (position >= framesAt && position < cuesAt) found = position;
  }
  return found;
}

function readCue(bytes: Uint8Array, point: Span) {
  let [atUs, position] = [Number.POSITIVE_INFINITY, 0];
  for (const { id, at, end } of readElements(bytes, point.at, point.end)) {
    if (id === ids.cueTime) atUs = readInteger(bytes, at, end - at);
    if (id !== ids.cueTrackPositions) continue;
    for (const child of readElements(bytes, at, end)) {
      if (child.id === ids.cueClusterPosition)
        position = segmentAt + readInteger(bytes, child.at, child.end - child.at);
    }
  }
  return { atUs, position };
}

/**
 * The pictures that are whole, in their order. Holds no part of the file. Ends at the first element
 * that is torn, or none of ours.
 * @param from position of the cluster to begin at
 */
export async function* readPositions(
  reader: FileReader,
  head: MatroskaHead,
  from = head.framesAt,
): AsyncGenerator<FramePosition> {
  let position = from;
  for (let others = 0; others < maxOthers; ) {
    const begin = await reader.read(position, pictureBytes);
    const element = readElement(begin, 0);
    if (element?.size === undefined) return;
    const end = position + element.at + element.size;
    if (end > reader.bytes) return;
    const picture = element.id === ids.cluster ? readPicture(begin, element, position, head) : undefined;
    if (picture !== undefined) yield picture;
    others = picture === undefined ? others + 1 : 0;
    position = end;
  }
}

/** The one picture in a cluster of ours. */
function readPicture(
  begin: Uint8Array,
  cluster: Element,
  position: number,
  head: MatroskaHead,
): FramePosition | undefined {
  const timestamp = readElement(begin, cluster.at);
  if (timestamp?.id !== ids.timestamp || timestamp.size !== 6) return undefined;
  const block = readElement(begin, timestamp.at + 6);
  if (block?.id !== ids.simpleBlock || block.size === undefined || block.size < 4) return undefined;
  const isWhole = block.at + block.size === cluster.at + (cluster.size ?? 0);
  if (!isWhole || begin[block.at] !== 0x81 || begin.length < block.at + 4) return undefined;
  const capturedAtUs = head.startUs + readInteger(begin, timestamp.at, 6);
  return { capturedAtUs, position: position + block.at + 4, bytes: block.size - 4 };
}

function readDurationUs(view: DataView): number | undefined {
  const us = view.getFloat64(0);
  return us >= 0 && us < Number.MAX_SAFE_INTEGER ? us : undefined;
}

function* readElements(bytes: Uint8Array, from: number, to: number): Generator<Span> {
  for (let begin = from; begin < to; ) {
    const element = readElement(bytes, begin);
    if (element === undefined || element.at > to) return;
    const { id, at, size } = element;
    // A picture ends far behind the bytes of the head.
    const end = size === undefined ? to : Math.min(at + size, to);
    yield { id, at, end, begin };
    begin = end;
  }
}

function readElement(bytes: Uint8Array, begin: number): Element | undefined {
  const first = bytes[begin] ?? 0;
  const idBytes = Math.clz32(first) - 23;
  if (first === 0 || idBytes > 4 || begin + idBytes >= bytes.length) return undefined;
  const sizeAt = begin + idBytes;
  const sizeFirst = bytes[sizeAt] ?? 0;
  const sizeBytes = Math.clz32(sizeFirst) - 23;
  if (sizeFirst === 0 || sizeAt + sizeBytes > bytes.length) return undefined;
  const unmarked = readInteger(bytes, sizeAt, sizeBytes) - 2 ** (7 * sizeBytes);
  const isKnown = unmarked < 2 ** (7 * sizeBytes) - 1 && Number.isSafeInteger(unmarked);
  const size = isKnown ? unmarked : undefined;
  return { id: readInteger(bytes, begin, idBytes), at: sizeAt + sizeBytes, size };
}

function readInteger(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
