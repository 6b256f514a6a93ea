import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installPackages } from '../../scripts/debian/install.ts';
import { runChild } from '../support/child.ts';
import { PYTHON } from '../support/python.ts';
import { scaleMs } from '../support/speed.ts';

const patientMs = scaleMs(60_000);

export interface Packets {
  /** SHA-256 of each. */
  readonly hashes: string[];
  /** Microseconds from the first one on. */
  readonly timesUs: number[];
  /** When the first was captured: microseconds since 1970. */
  readonly startUs: number;
  /** Seconds; undefined where the file does not tell. */
  readonly duration: number | undefined;
  /** The complaints of ffmpeg. */
  readonly words: string;
}

/** The packets that Debian's ffmpeg finds in a recording. */
export async function readPackets(path: string): Promise<Packets> {
  await installPackages(['ffmpeg'], 'looking at recordings');
  const quiet = ['-v', 'error', '-nostdin', '-i', path, '-c', 'copy'];
  const { stdout: hashes, stderr: words } = await runChild(
    '/usr/bin/ffmpeg',
    [...quiet, '-copyts', '-enc_time_base', '-1', '-f', 'framehash', '-hash', 'sha256', '-'],
    patientMs,
  );
  const lines = hashes.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const show = ['-v', 'quiet', '-show_packets', '-show_format', '-of', 'json', path];
  const { stdout } = await runChild('/usr/bin/ffprobe', show, patientMs);
  const { packets, format } = JSON.parse(stdout) as {
    packets: { pts: number }[];
    format: { duration?: string; tags: { creation_time: string } };
  };
  const date = format.tags.creation_time;
  return {
    hashes: lines.map((line) => line.split(',').at(-1)?.trim() ?? ''),
    timesUs: packets.map(({ pts }) => pts),
    startUs: Date.parse(`${date.slice(0, 19)}Z`) * 1000 + Number(date.slice(20, 26)),
    duration: format.duration === undefined ? undefined : Number(format.duration),
    words,
  };
}

/** How many frames a second a recording has, for ffprobe. */
export async function readRate(path: string): Promise<number> {
  await installPackages(['ffmpeg'], 'looking at recordings');
  const show = ['-v', 'error', '-show_entries', 'stream=avg_frame_rate', '-of', 'csv=p=0', path];
  const { stdout } = await runChild('/usr/bin/ffprobe', show, patientMs);
  const [frames, seconds] = stdout.split('/').map(Number);
  return (frames ?? 0) / (seconds ?? 1);
}

/** OpenCV's own reading of a recording: its properties, its pictures, and whether it finds pictures again by their index. */
const script = `
import cv2, json, sys
capture = cv2.VideoCapture(sys.argv[1])
told = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
fps = capture.get(cv2.CAP_PROP_FPS)
pictures, times = [], []
while True:
    ok, picture = capture.read()
    if not ok:
        break
    pictures.append(picture)
    times.append(round(capture.get(cv2.CAP_PROP_POS_MSEC), 3))
found = []
for number in range(len(pictures) - 1, -1, -max(1, len(pictures) // 7)):
    capture.set(cv2.CAP_PROP_POS_FRAMES, number)
    ok, picture = capture.read()
    found.append(bool(ok and (picture == pictures[number]).all()))
print(json.dumps({"told": told, "fps": fps, "read": len(pictures), "times": times, "found": found}))
`;

export interface Watched {
  /** Pictures that the file is said to have, and those that were read. */
  readonly told: number;
  readonly read: number;
  readonly fps: number;
  /** Milliseconds. */
  readonly times: number[];
  /** Of some of them, the last first: whether seeking leads to the same picture. */
  readonly found: boolean[];
}

export async function watchInOpenCv(path: string): Promise<Watched> {
  await installPackages(['python3', 'python3-opencv'], 'watching recordings');
  const env = { OPENCV_LOG_LEVEL: 'ERROR', OPENCV_FFMPEG_LOGLEVEL: '-8' };
  const { stdout } = await runChild(PYTHON, ['-c', script, path], patientMs, { env });
  return JSON.parse(stdout) as Watched;
}

/** The recordings in a folder, in the order of their names. */
export async function listRecordings(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries
    .filter((path) => /\.(mkv|mp4)$/.test(path))
    .sort()
    .map((path) => join(folder, path));
}
