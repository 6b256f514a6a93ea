import { defaultFrameLimits } from '../../../src/protocol/frame.ts';
import { type Answer, readAnswer, readDetections } from '../../../src/protocol/results/answer.ts';
import { maxDetections } from '../../../src/protocol/results/detection.ts';
import { formatResultLine } from '../../../src/protocol/results/result-line.ts';
import { hasUnprintable } from '../../../src/protocol/unprintable.ts';
import type { ResultMessage } from '../../../src/protocol/wire2/message.ts';
import { MessageDecoder } from '../../../src/protocol/wire2/message-decoder.ts';
import { encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { AnswerLines } from '../../../src/sinks/detect/answer-lines.ts';
import { chooseCuttings, cut } from '../cuttings.ts';
import type { Random } from '../random.ts';
import { Failure, type Outcome, type Target } from '../target.ts';
import { toBytes } from './seeds.ts';
import { textStructure } from './structures.ts';

const picture = { width: 640, height: 480 };

function seed(random: Random): Uint8Array {
  const side = () => random.pick([0, 1, 20.5, 639, 480, -3, 1e9]);
  const sides = [side(), side(), side(), side()] as const;
  const [x1, y1, x2, y2] = sides;
  const detection = random.pick<object>([
    { label: 'person', confidence: 0.9, box: sides, track: 7 },
    { name: 'car', class: 2, confidence: 0.5, box: { x1, y1, x2, y2 }, track_id: 3 },
    { x: x1, y: y1, width: x2, height: y2, confidence: 0.7, class: 'dog', class_id: 1 },
    { x_min: x1, y_min: y1, x_max: x2, y_max: y2, class_name: 'cat', confidence: '' },
    { bbox: sides, category_id: 1, score: 0.3 },
    { top: 0.1, left: 0.2, bottom: 0.5, right: 0.6, label: 'person', confidence: 87 },
    { label: 'bus', confidence: 1, rel_x1: 0, rel_y1: 0.1, rel_x2: 0.5, rel_y2: 1 },
  ]);
  const detections = Array.from({ length: random.below(4) }, () => detection);
  const place = random.oneIn(2) ? {} : { stream: random.pick(['a-1', null]), sequence: random.below(100) };
  const line = random.oneIn(3) ? detections : { ...place, detections, model: 'm' };
  return toBytes(`${JSON.stringify(line)}\n`);
}

/** @throws Failure where a cut changes the lines, or a detection is not as it must be */
function check(input: Uint8Array, random: Random, all: boolean): Outcome {
  const cuttings = [...chooseCuttings(input.length, () => [], random, all)];
  const [first = [], ...others] = cuttings.map((cutting) => [...cut(input, cutting)].flatMap(makeSplitter()));
  for (const lines of others)
    if (JSON.stringify(lines) !== JSON.stringify(first)) throw new Failure('whole and cut give other lines');
  const kinds = first.map((line) => (line === undefined ? 'long' : checkLine(line)));
  return { code: undefined, signature: [...new Set(kinds)].sort().join(), bytes: input.length * cuttings.length };
}

/** Gives the lines of each chunk; undefined stands for one that is too long. */
function makeSplitter(): (chunk: Uint8Array) => (string | undefined)[] {
  const splitter = new AnswerLines();
  return (chunk) => {
    splitter.add(chunk);
    const lines: (string | undefined)[] = [];
    for (let line = splitter.next(); line !== undefined; line = splitter.next())
      lines.push(typeof line === 'string' ? line : undefined);
    return lines;
  };
}

function checkLine(line: string): string {
  const answer = readAnswer(line);
  if (answer === undefined) return 'none';
  const { refused, ...found } = readDetections(answer, picture);
  for (const { label, confidence, box } of found.detections) {
    const isInside = box.every((side, i) => Number.isInteger(side) && side >= 0 && side <= (i % 2 ? 480 : 640));
    if (label === '' || hasUnprintable(label) || !(confidence >= 0 && confidence <= 1) || !isInside)
      throw new Failure(`a detection is ${JSON.stringify({ label, confidence, box })}`);
  }
  if (found.detections.length > maxDetections) throw new Failure(`${found.detections.length} detections`);
  checkRoundTrip(answer, found);
  return `${answer.place === undefined} ${Math.min(found.detections.length, 2)} ${refused > 0}`;
}

/** Every result can be printed, and sent to the camera. */
function checkRoundTrip({ place }: Answer, found: Pick<ResultMessage, 'detections' | 'omitted' | 'extra'>): void {
  const times = { capturedAtUs: 1, capturedMonotonicUs: 2 };
  const message: ResultMessage = { type: 'rslt', sequence: 1, ...times, ...picture, ...found, detectUs: 3 };
  const [read] = [...new MessageDecoder(defaultFrameLimits).decode(encodeMessage(message))];
  if (read?.type !== 'rslt') throw new Failure('the message of a result is none');
  const line = formatResultLine({ ...message, camera: 'c', stream: place?.stream ?? null, ageUs: undefined });
  if (hasUnprintable(line)) throw new Failure('a line has a character that a terminal obeys');
  JSON.parse(line);
}

/** The output of a detector. */
export const detector: Target = {
  seed,
  structure: textStructure([
    '"detections":',
    '"box":[',
    '{',
    '}',
    '[',
    ']',
    ',',
    'NaN',
    '1e999',
    '\n',
    '"\\u001b"',
    'null',
  ]),
  check,
};
