import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The methods and functions of the package that the programs, their tests and probe.ts call, by source. */
const KEPT_CALLS: Readonly<Record<string, readonly string[]>> = {
  'core/Mat.cc': ['copy', 'getData', 'release'],
  'imgproc/MatImgproc.cc': ['drawRectangle', 'putText', 'resizeAsync'],
  'io/VideoCapture.cc': ['get', 'grabAsync', 'readAsync', 'release', 'retrieveAsync', 'set'],
  'io/VideoWriter.cc': ['get', 'release', 'writeAsync'],
  'io/io.cc': [
    ...['imencode', 'imencodeAsync', 'imdecode', 'imdecodeAsync'],
    ...['imshow', 'waitKey', 'destroyWindow', 'destroyAllWindows'],
  ],
  'highgui/highgui.cc': ['namedWindow', 'getWindowProperty'],
};

/** Parts of a source that go: from a text to another one, which stays; without the other one the text alone. */
const CUTS: Readonly<Record<string, readonly (readonly [from: string, until?: string])[]>> = {
  'core/Mat.cc': [['  FF_PROTO_SET_MAT_OPERATIONS(ctor);\n'], ['  /* data array, type\n', '  /* row, col, type\n']],
  'core/Point.cc': [['  Point2::Init(pt2Ctor);\n'], ['  Point3::Init(pt3Ctor);\n']],
  'core/Vec.cc': [2, 3, 4, 6].map((size): [string] => [`  Vec${size}::Init(vec${size}Ctor);\n`]),
  'io/io.cc': [['  IoConstants::Init(target);\n']],
  'highgui/highgui.cc': [['  HighguiConstants::Init(target);\n']],
};

const REGISTRATION = /^ {2}Nan::Set(?:Prototype)?Method\(\w+, "(\w+)", (?:\w+::)?(\w+)\);\n/gm;
const HANDLER = /^NAN_METHOD\(\w+::(\w+)\) \{\n[\s\S]*?^\}\n/gm;
const CONSTANT = /^ {2}FF_SET_JS_PROP\(target, \w+, .*\n/gm;

/**
 * Takes the calls that nobody makes out of sources of the package: that spares the compiler most of them, and the
 * linker the parts of OpenCV behind them.
 * @param files within `directory`
 * @throws Error where a source is not as it was: then a call could be lost, or stay
 */
export async function dropUnusedCalls(directory: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const path = join(directory, file);
    await writeFile(path, dropFrom(await readFile(path, 'utf8'), file));
  }
}

function dropFrom(whole: string, file: string): string {
  let text = whole;
  for (const [from, until] of CUTS[file] ?? []) text = cut(text, file, from, until);
  const missing = new Set(KEPT_CALLS[file]);
  const handlers = new Set(['New']);
  text = text.replace(REGISTRATION, (line, name: string, handler: string) => {
    if (!missing.delete(name)) return '';
    handlers.add(handler);
    return line;
  });
  if (missing.size > 0) throw new Error(`Cannot find ${[...missing].join(', ')} in opencv4nodejs's ${file}`);
  return text.replace(CONSTANT, '').replace(HANDLER, (body, name: string) => (handlers.has(name) ? body : ''));
}

function cut(text: string, file: string, from: string, until?: string): string {
  const start = text.indexOf(from);
  const end = until === undefined ? start + from.length : text.indexOf(until, start);
  if (start < 0 || end < start) {
    throw new Error(`Cannot find '${(start < 0 ? from : (until ?? '')).trim()}' in opencv4nodejs's ${file}`);
  }
  return text.slice(0, start) + text.slice(end);
}
