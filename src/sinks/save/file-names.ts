import { isAbsolute, normalize } from 'node:path';
import type { Camera } from '../../frames/camera.ts';
import type { ConnectionStats, ReceivedFrame } from '../../frames/received-frame.ts';
import { formatTime } from '../../protocol/classic/classic-field.ts';
import { formatLocalDate, formatLocalTime } from '../../system/local-time.ts';

type Field = (frame: ReceivedFrame, camera: Camera) => string;

/** What stands for a field in a pattern. No value holds a slash or begins with a dot. */
export const patternFields = {
  /** Of the camera, as in the addresses of the page. */
  name: (_, { key }) => key,
  /** Of the capture, or else of the reception: local, as 2026-01-31. */
  date: (frame) => formatLocalDate(timeOf(frame)),
  /** Likewise, as 13-59-59.123456. */
  time: (frame) => formatLocalTime(timeOf(frame)),
  hour: (frame) => formatLocalTime(timeOf(frame)).slice(0, 2),
  /** In UTC, as 20260131T125959_123456Z. */
  utc: (frame) => formatStamp(timeOf(frame)),
  sequence: ({ sequence }) => String(sequence).padStart(6, '0'),
  /** Others for each run of the sender; of a sender without, its name. */
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

/** Where pictures are written, and how their files are called. */
export interface FileNames {
  /** The folder that all are in. */
  readonly root: string;
  /** Whether a file of somebody else's is hardly called like one of them: only then may they be deleted by their names. */
  readonly isDistinct: boolean;
  /** Whether files of two cameras are never called the same. */
  readonly isOfCamera: boolean;
  /** Whether numbers, which begin anew with each run of a sender, tell its files apart, and the time does not: only some senders have streams. */
  readonly isRepeating: boolean;
  /** The path of a frame's file below it. */
  format(frame: ReceivedFrame, camera: Camera): string;
  /** Whether a file with that path below it may be one of them. */
  isOurs(path: string): boolean;
}

/** `DIR`, or a pattern such as `DIR/{name}/{date}/{time}-{sequence}.jpg`. @throws Error whose message says what a pattern must be */
export function parseFileNames(text: string): FileNames {
  return /[{}]/.test(text)
    ? parsePattern(text)
    : { root: text, isDistinct: true, isOfCamera: true, isRepeating: false, format: defaultName, isOurs: isUsualName };
}

/** What a pattern is made of: texts and fields, by turns. */
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
    root: normalize(root),
    isOfCamera: fields.includes('name') || fields.includes('stream'),
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
 * From the socket's address, our own clock and our own count. On wire 2 from what makes the frame unique, so that
 * one that comes again after a receiver was killed takes the place of the first, and two are never there.
 */
export function defaultName(frame: ReceivedFrame): string {
  const { connection, stream, sequence, capturedAtUs } = frame;
  const counted = String(sequence).padStart(6, '0');
  if (stream === undefined || capturedAtUs === undefined) {
    return `${nameFor(connection)}_${formatStamp(frame.receivedAtUs)}_${counted}.jpg`;
  }
  return `${stream}_${formatStamp(capturedAtUs)}_${counted}.jpg`;
}

function isUsualName(path: string): boolean {
  return /^[-0-9A-Za-z.]*_\d{8}T\d{6}_\d{6}Z_\d{6,}\.jpg$/.test(path);
}

/** What a sender without a stream calls itself, as far as it may stand in a name of a file, or where it is. */
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
