import { isAbsolute, normalize } from 'node:path';
import type { Camera } from '../../frames/camera.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import { formatTime } from '../../protocol/classic/classic-field.ts';
import { formatLocalDate, formatLocalTime } from '../../system/local-time.ts';

type Field = (frame: ReceivedFrame, camera: Pick<Camera, 'key'>) => string;

/** The values of the fields of a pattern. No value has a slash in it or begins with a dot. */
export const patternFields = {
  /** The key of the camera, as in the addresses of the page. */
  name: (_, { key }) => key,
  /** The date of the capture, or else of the reception: local, as 2026-01-31. */
  date: (frame) => formatLocalDate(timeOf(frame)),
  /** The time, likewise, as 13-59-59.123456. */
  time: (frame) => formatLocalTime(timeOf(frame)),
  hour: (frame) => formatLocalTime(timeOf(frame)).slice(0, 2),
  /** Date and time in UTC, as 20260131T125959_123456Z. */
  utc: (frame) => formatStamp(timeOf(frame)),
  sequence: ({ sequence }) => String(sequence).padStart(6, '0'),
  /**
   * The stream id, another for each run of the sender; the key of the camera where there is none.
   */
  stream: ({ stream }, { key }) => stream ?? key,
} as const satisfies Record<string, Field>;

const matcherOf: Record<keyof typeof patternFields, string> = {
  name: '[0-9A-Za-z_][0-9A-Za-z._-]*',
  date: '\\d+-\\d\\d-\\d\\d',
  time: '\\d\\d-\\d\\d-\\d\\d\\.\\d{6}',
  hour: '\\d\\d',
  utc: '\\d{8}T\\d{6}_\\d{6}Z',
  sequence: '\\d{6,}',
  stream: '[0-9A-Za-z_][0-9A-Za-z._-]*',
};

/** The folder of pictures, and the names of their files. */
export interface FileNames {
  /** As it was typed. */
  readonly pattern: string;
  /** The folder of all files. */
  readonly root: string;
  /**
   * Whether hardly any other file has a name like these: only then may files be deleted by their
   * names.
   */
  readonly isDistinct: boolean;
  /** Whether files of two cameras never have the same name. */
  readonly isOfCamera: boolean;
  /** Whether the key of the camera is in the names. */
  readonly hasKey: boolean;
  /**
   * Whether the files of a camera differ only by the sequence number, which begins anew with each
   * run of a sender.
   */
  readonly isRepeating: boolean;
  /** The path of the file of a frame, from the folder on. */
  format(frame: ReceivedFrame, camera: Pick<Camera, 'key'>): string;
  /** Whether a file with that path, from the folder on, may be one of these. */
  isOurs(path: string): boolean;
}

/**
 * Reads `DIR`, or a pattern such as `DIR/{name}/{date}/{time}-{sequence}.jpg`.
 * @throws Error whose message says what a pattern must do
 */
export function parseFileNames(text: string): FileNames {
  return /[{}]/.test(text)
    ? parsePattern(text)
    : {
        root: text,
        pattern: text,
        isDistinct: true,
        isOfCamera: true,
        hasKey: false,
        isRepeating: false,
        format: defaultName,
        isOurs: isDefaultName,
      };
}

/** A pattern is made of texts and fields, by turns. */
function parsePattern(text: string): FileNames {
  if (!/\.jpe?g$/i.test(text)) throw new Error('end with .jpg');
  const parts = text.split('/');
  const first = parts.findIndex((part) => part.includes('{'));
  const below = parts.slice(first);
  const root = parts.slice(0, first).join('/') || (isAbsolute(text) ? '/' : '.');
  if (below.some((part) => part === '..' || part === '.' || part === '')) throw new Error('have names between slashes');
  // Of `a{name}b{sequence}.jpg` the odd ones are fields.
  const pieces = below.join('/').split(/\{([^{}]*)\}/);
  const fields = pieces.filter((_, i) => i % 2 === 1);
  const unknown = fields.find((field) => !Object.hasOwn(patternFields, field));
  if (unknown !== undefined || pieces.some((piece, i) => i % 2 === 0 && /[{}]/.test(piece))) {
    throw new Error(
      `have no other fields than ${Object.keys(patternFields)
        .map((name) => `{${name}}`)
        .join(' ')}`,
    );
  }
  const source = pieces.map((piece, i) =>
    i % 2 === 0 ? escapeText(piece) : matcherOf[piece as keyof typeof matcherOf],
  );
  const isDistinct = fields.includes('utc') || fields.includes('time');
  const matcher = new RegExp(`^${source.join('')}$`);
  return {
    pattern: text,
    root: normalize(root),
    isOfCamera: fields.includes('name') || fields.includes('stream'),
    hasKey: fields.includes('name'),
    isDistinct,
    isRepeating: fields.includes('sequence') && !isDistinct,
    format: (frame, camera) => {
      const fill = (piece: string, i: number) =>
        i % 2 === 0 ? piece : (patternFields[piece as keyof typeof patternFields] as Field)(frame, camera);
      return pieces.map(fill).join('');
    },
    isOurs: (path) => matcher.test(path),
  };
}

function escapeText(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * The name of a file without a pattern. On wire 2 it is made of the facts that make the frame
 * unique: a frame that comes again after a receiver was killed overwrites the first, and is never
 * there twice. On other protocols it is made of the name or address, our clock and our count.
 */
export function defaultName(frame: ReceivedFrame): string {
  const { connection, stream, sequence, capturedAtUs } = frame;
  const counted = String(sequence).padStart(6, '0');
  if (stream === undefined || capturedAtUs === undefined) {
    return `${nameFor(connection)}_${formatStamp(frame.receivedAtUs)}_${counted}.jpg`;
  }
  return `${stream}_${formatStamp(capturedAtUs)}_${counted}.jpg`;
}

function isDefaultName(path: string): boolean {
  return /^[-0-9A-Za-z.]*_\d{8}T\d{6}_\d{6}Z_\d{6,}\.jpg$/.test(path);
}

/**
 * The name of a sender without a stream, with the characters that a name of a file may have; its
 * address where it has no name.
 */
function nameFor({ name = '', address }: ConnectionStats): string {
  const plain = (text: string) => text.replaceAll(/[^0-9A-Za-z.]+/g, '-').replace(/^[-.]+/, '');
  return plain(name) || plain(address);
}

function timeOf({ capturedAtUs, receivedAtUs }: ReceivedFrame): number {
  return capturedAtUs ?? receivedAtUs;
}

function formatStamp(us: number): string {
  return `${formatTime(us).replaceAll(/[-:]/g, '').replace(' ', 'T').replace('.', '_')}Z`;
}
