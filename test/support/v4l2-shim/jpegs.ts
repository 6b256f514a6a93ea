import { readFile, writeFile } from 'node:fs/promises';
import { installPackages } from '../../../scripts/debian/install.ts';
import { JpegScanner } from '../../../src/protocol/jpeg/jpeg-scanner.ts';
import { cacheFile } from '../cache.ts';
import { runChild } from '../child.ts';

const remark = 0xfe;
const tables = 0xc4;

/** The JPEGs of a file that holds them back to back. */
export async function readJpegs(path: string): Promise<Buffer[]> {
  const bytes = await readFile(path);
  const jpegs: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += jpegs.at(-1)?.length ?? 0) {
    const jpeg = bytes.subarray(at);
    const scanner = new JpegScanner();
    const end = scanner.scan(jpeg, 2);
    if (scanner.state !== 'whole') throw new Error(`Cannot read ${path}: no whole JPEG at byte ${at}`);
    jpegs.push(jpeg.subarray(0, end));
  }
  return jpegs;
}

/** A file of JPEGs back to back that use the standard Huffman tables, 320x240. */
export function makeStandardJpegs(): Promise<string> {
  const codec = ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', '-huffman', 'default', '-f', 'mjpeg'];
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25', '-frames:v', '20'];
  const args = ['-v', 'error', '-y', ...input, ...codec, '-flags:v', '+bitexact', '-fflags', '+bitexact'];
  return cacheFile('media', 'standard.mjpeg', args, async (path) => {
    await installPackages(['ffmpeg'], 'test media');
    await runChild('/usr/bin/ffmpeg', [...args, path], 60_000);
  });
}

/** The JPEG without its Huffman tables and with the mark of those that lack them, as some cameras send it. */
export function stripTables(jpeg: Buffer): Buffer {
  const mark = Buffer.concat([Buffer.from([0xff, 0xe0, 0, 16]), Buffer.from('AVI1'.padEnd(14, '\0'))]);
  const segments = listSegments(jpeg).filter((segment) => segment[1] !== tables);
  return Buffer.concat([jpeg.subarray(0, 2), mark, ...segments]);
}

/** Whether the JPEG has Huffman tables of its own. */
export function hasTables(jpeg: Buffer): boolean {
  return listSegments(jpeg).some((segment) => segment[1] === tables);
}

/** The JPEG with a remark that makes it so many bytes longer, 4 or more. */
export function lengthen(jpeg: Buffer, bytes: number): Buffer {
  const segment = Buffer.alloc(bytes, 'x');
  segment.writeUInt16BE(0xff00 | remark, 0);
  segment.writeUInt16BE(bytes - 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

export function writeJpegs(path: string, jpegs: readonly Buffer[]): Promise<void> {
  return writeFile(path, Buffer.concat(jpegs));
}

/** The segments behind SOI; the last one is the scan with all that follows. */
function listSegments(jpeg: Buffer): Buffer[] {
  const segments: Buffer[] = [];
  let at = 2;
  while (jpeg[at + 1] !== 0xda) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    segments.push(jpeg.subarray(at, end));
    at = end;
  }
  return [...segments, jpeg.subarray(at)];
}
