import {
  encodeElement,
  encodeId,
  encodeInteger,
  encodeSize,
  encodeText,
  encodeUnsigned,
  encodeVoid,
  epochGapUs,
  ids,
} from './elements.ts';

/** The facts of a file that are known at its beginning. */
export interface MatroskaInfo {
  /**
   * Capture of the first picture: microseconds since 1970, UTC. The times of the other pictures
   * count from there.
   */
  readonly startUs: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** The name of the camera. */
  readonly title: string;
}

/**
 * The rate and the duration in the head: players that find no rate there guess one, up to a frame
 * each microsecond.
 */
export interface MatroskaTiming {
  /** The time from one picture to the next, where they come fastest: nanoseconds. */
  readonly frameNs: number | undefined;
  /** The time of all pictures: microseconds. */
  readonly durationUs: number | undefined;
}

/** The facts of a file that are known only at its end. */
export interface MatroskaEnd {
  /** Position of the cues, from the start of the file. */
  readonly cuesAt: number;
  /** Length of the whole file. */
  readonly bytes: number;
}

const program = 'image-socket';
/** Nanoseconds of a unit of time: times are in microseconds. */
const timestampScale = 1000;
/** The list of positions has three entries. */
const seekHeadBytes = 80;
const durationBytes = 11;
const defaultDurationBytes = 12;
const maxTitleLength = 200;
const unknownSize = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

const ebmlHeader = encodeElement(
  ids.ebml,
  encodeUnsigned(ids.ebmlVersion, 1),
  encodeUnsigned(ids.ebmlReadVersion, 1),
  encodeUnsigned(ids.ebmlMaxIdLength, 4),
  encodeUnsigned(ids.ebmlMaxSizeLength, 8),
  encodeText(ids.docType, 'matroska'),
  encodeUnsigned(ids.docTypeVersion, 4),
  encodeUnsigned(ids.docTypeReadVersion, 2),
);

/** The position at which the content of the segment begins. Positions in it count from there. */
export const segmentAt = ebmlHeader.length + 4 + unknownSize.length;

/**
 * All that comes before the first picture. Its length is the same whatever the timing and the end:
 * one takes the place of another in the file.
 */
export function encodeHead(info: MatroskaInfo, timing: MatroskaTiming, end?: MatroskaEnd): Uint8Array<ArrayBuffer> {
  const infoElement = encodeInfo(info, timing);
  const tracks = encodeTracks(info, timing);
  const infoAt = segmentAt + seekHeadBytes;
  const seekHead = encodeSeekHead([
    [ids.info, infoAt],
    [ids.tracks, infoAt + infoElement.length],
    ...(end === undefined ? [] : [[ids.cues, end.cuesAt] as const]),
  ]);
  const size = end === undefined ? unknownSize : encodeSegmentSize(end.bytes - segmentAt);
  const parts = [ebmlHeader, encodeId(ids.segment), size, seekHead, infoElement, tracks];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** In eight bytes, as the unknown one takes. */
function encodeSegmentSize(size: number): number[] {
  return [0x01, ...encodeInteger(size, 7)];
}

function encodeSeekHead(places: readonly (readonly [id: number, at: number])[]): number[] {
  const seeks = places.map(([id, at]) =>
    encodeElement(
      ids.seek,
      encodeElement(ids.seekId, encodeId(id)),
      encodeUnsigned(ids.seekPosition, at - segmentAt, 6),
    ),
  );
  const seekHead = encodeElement(ids.seekHead, ...seeks);
  return [...seekHead, ...encodeVoid(seekHeadBytes - seekHead.length)];
}

function encodeInfo({ startUs, title }: MatroskaInfo, { durationUs }: MatroskaTiming): Uint8Array<ArrayBuffer> {
  const date = new DataView(new ArrayBuffer(8));
  date.setBigInt64(0, BigInt(startUs - epochGapUs) * 1000n);
  return encodeElement(
    ids.info,
    encodeUnsigned(ids.timestampScale, timestampScale),
    encodeElement(ids.dateUtc, new Uint8Array(date.buffer)),
    durationUs === undefined ? encodeVoid(durationBytes) : encodeDuration(durationUs),
    encodeText(ids.title, title.slice(0, maxTitleLength)),
    encodeText(ids.muxingApp, program),
    encodeText(ids.writingApp, program),
  );
}

function encodeDuration(us: number): Uint8Array<ArrayBuffer> {
  const duration = new DataView(new ArrayBuffer(8));
  duration.setFloat64(0, us);
  return encodeElement(ids.duration, new Uint8Array(duration.buffer));
}

function encodeTracks({ width, height }: MatroskaInfo, { frameNs }: MatroskaTiming): Uint8Array<ArrayBuffer> {
  const entry = encodeElement(
    ids.trackEntry,
    encodeUnsigned(ids.trackNumber, 1),
    encodeUnsigned(ids.trackUid, 1),
    encodeUnsigned(ids.trackType, 1),
    encodeUnsigned(ids.flagLacing, 0),
    frameNs === undefined ? encodeVoid(defaultDurationBytes) : encodeUnsigned(ids.defaultDuration, frameNs, 8),
    encodeText(ids.codecId, 'V_MJPEG'),
    encodeElement(ids.video, encodeUnsigned(ids.pixelWidth, width), encodeUnsigned(ids.pixelHeight, height)),
  );
  return encodeElement(ids.tracks, entry);
}

/** Bytes before the JPEG of a picture. */
export const frameHeadBytes = 27;

/**
 * Encodes the bytes before the JPEG of a picture. Each picture has a cluster of its own, as a time
 * within a cluster has only 16 bits.
 * @param atUs after the first picture: 0 to 2^48
 * @param jpegBytes up to 2^34
 */
export function encodeFrameHead(atUs: number, jpegBytes: number): Uint8Array<ArrayBuffer> {
  const timestamp = [ids.timestamp, 0x86, ...encodeInteger(atUs, 6)];
  // The block is of track 1, has the time of its cluster, and needs no other picture.
  const block = [ids.simpleBlock, ...encodeSize(jpegBytes + 4, 5), 0x81, 0, 0, 0x80];
  const size = encodeSize(timestamp.length + block.length + jpegBytes, 5);
  return Uint8Array.from([...encodeId(ids.cluster), ...size, ...timestamp, ...block]);
}
