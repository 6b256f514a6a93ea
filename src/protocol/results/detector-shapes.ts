import type { PictureSize } from '../jpeg/jpeg-size.ts';
import { type Box, cleanLabel, cleanTrack, clipBox, type Detection, type Extra, readConfidence } from './detection.ts';

// The shapes in which detectors print one detection, told apart by the keys that hold the box. src/sinks/detect/README.md lists them.

type Fields = Readonly<Record<string, unknown>>;

/** A way to write a box. */
interface Shape {
  /** The keys that show it, all of which it has. */
  readonly keys: readonly string[];
  /** Undefined: the keys hold something else. */
  read(fields: Fields, picture: PictureSize, image: PictureSize): Box | undefined;
  /** The confidence that stands for certain. */
  readonly certain?: number;
}

/** The more keys show a shape, the earlier it comes. */
const shapes: readonly Shape[] = [
  // supervision, DeepStack, CodeProject.AI.
  { keys: ['x_min', 'y_min', 'x_max', 'y_max'], read: corners('x_min', 'y_min', 'x_max', 'y_max') },
  // YOLOv5's tables.
  { keys: ['xmin', 'ymin', 'xmax', 'ymax'], read: corners('xmin', 'ymin', 'xmax', 'ymax') },
  // Viseron: shares of the picture.
  { keys: ['rel_x1', 'rel_y1', 'rel_x2', 'rel_y2'], read: shares('rel_x1', 'rel_y1', 'rel_x2', 'rel_y2') },
  // DOODS2: shares of the picture, and percent.
  { keys: ['top', 'left', 'bottom', 'right'], read: shares('left', 'top', 'right', 'bottom'), certain: 100 },
  // Roboflow: x and y are the centre, in pixels of the picture that it names.
  { keys: ['x', 'y', 'width', 'height'], read: readCentre },
  // COCO: corner and size.
  { keys: ['bbox'], read: ({ bbox }) => fromSize(listOf(bbox)) },
  // Ultralytics and Transformers, or Frigate, open-nvr and ours.
  { keys: ['box'], read: ({ box }) => (Array.isArray(box) ? listOf(box) : readCorners(box)) },
];
const labelKeys = ['label', 'name', 'class_name', 'class', 'class_id', 'category_id'];
const confidenceKeys = ['confidence', 'score'];
const trackKeys = ['track', 'track_id', 'tracker_id', 'id'];

/**
 * Reads one detection in any of the shapes.
 * @param picture that the frame has
 * @param image that the detector says it saw: its pixels are meant, where that matters
 * @returns undefined where it has no label, confidence from 0 to 1 or box in the picture
 */
export function readDetection(found: unknown, picture: PictureSize, image = picture): Detection | undefined {
  if (typeof found !== 'object' || found === null) return undefined;
  const fields = found as Fields;
  const shape = shapes.find(({ keys }) => keys.every((key) => Object.hasOwn(fields, key)));
  if (shape === undefined) return undefined;
  const [labelKey, label] = findLabel(fields);
  const [confidenceKey, confidence] = findConfidence(fields, shape.certain);
  const box = readBox(shape, fields, picture, image);
  if (label === undefined || confidence === undefined || box === undefined) return undefined;
  const trackKey = trackKeys.find((key) => cleanTrack(fields[key]) !== undefined);
  const used = [...shape.keys, labelKey, confidenceKey, trackKey];
  const extra = leaveOut(fields, (key) => used.includes(key));
  return { label, confidence, box, ...(trackKey && { track: cleanTrack(fields[trackKey]) }), ...(extra && { extra }) };
}

/** The fields without some; undefined where none is left. */
export function leaveOut(fields: Fields, isUsed: (key: string) => boolean): Extra | undefined {
  const others = Object.entries(fields).filter(([key]) => !isUsed(key));
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

function readBox({ read }: Shape, fields: Fields, picture: PictureSize, image: PictureSize): Box | undefined {
  const box = read(fields, picture, image);
  return box && clipBox(box, picture.width, picture.height);
}

/** A number stands for a class without a name. */
function findLabel(fields: Fields): [string, string | undefined] | [] {
  for (const key of labelKeys) {
    const found = fields[key];
    const text = typeof found === 'number' && Number.isSafeInteger(found) ? String(found) : found;
    const label = typeof text === 'string' ? cleanLabel(text) : undefined;
    if (label !== undefined) return [key, label];
  }
  return [];
}

/** A detector that knows none, such as one of motion, is certain. */
function findConfidence(fields: Fields, certain = 1): [string | undefined, number | undefined] {
  const isAbsent = (key: string) => fields[key] === undefined || fields[key] === null || fields[key] === '';
  const key = confidenceKeys.find((one) => !isAbsent(one));
  if (key === undefined) return [confidenceKeys.find((one) => Object.hasOwn(fields, one)), 1];
  const found = fields[key];
  return [key, typeof found === 'number' ? readConfidence(found / certain) : undefined];
}

function corners(...keys: [string, string, string, string]): Shape['read'] {
  return (fields) => listOf(keys.map((key) => fields[key]));
}

function shares(...keys: [string, string, string, string]): Shape['read'] {
  return (fields, { width, height }) => {
    const [x1, y1, x2, y2] = keys.map((key) => toNumber(fields[key])) as [number, number, number, number];
    return [x1 * width, y1 * height, x2 * width, y2 * height];
  };
}

function readCentre(fields: Fields, picture: PictureSize, image: PictureSize): Box {
  const [x, y] = [toNumber(fields['x']), toNumber(fields['y'])];
  const [halfWidth, halfHeight] = [toNumber(fields['width']) / 2, toNumber(fields['height']) / 2];
  const [across, down] = [picture.width / image.width, picture.height / image.height];
  return [(x - halfWidth) * across, (y - halfHeight) * down, (x + halfWidth) * across, (y + halfHeight) * down];
}

function readCorners(found: unknown): Box | undefined {
  const { x1, y1, x2, y2, xmin = x1, ymin = y1, xmax = x2, ymax = y2 } = (found ?? {}) as Fields;
  return listOf([xmin, ymin, xmax, ymax]);
}

function fromSize(box: Box | undefined): Box | undefined {
  return box && [box[0], box[1], box[0] + box[2], box[1] + box[3]];
}

function listOf(found: unknown): Box | undefined {
  if (!Array.isArray(found) || found.length !== 4) return undefined;
  return found.map(toNumber) as unknown as Box;
}

/** NaN is no place in a picture. */
function toNumber(found: unknown): number {
  return typeof found === 'number' ? found : Number.NaN;
}
