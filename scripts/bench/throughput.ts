import { mediaFile } from '../../test/support/media.ts';
import { startPython, startPythonServer } from '../../test/support/python.ts';
import { median, say, startPackaged, startPackagedReceiver, timeoutMs } from './support.ts';

const rounds = 7;

/** Frames per second of the Python pair, by its server's clock from the first frame to the last. */
async function timePython(file: string): Promise<number> {
  const { child: server, port } = await startPythonServer(['--once', '--quiet', '--summary']);
  const args = ['--port', `${port}`, '--interval', '0', '--once', '--quiet', '--summary', file];
  await using client = await startPython('classic_video_client.py', args);
  await client.wait(timeoutMs);
  await server.wait(timeoutMs);
  const { frames, seconds } = JSON.parse(server.lines('stdout').at(-1) ?? '{}') as { frames: number; seconds: number };
  return frames / seconds;
}

/** The same of our packaged pair, by its receiver's clock from the first frame until the sender has gone; both ends decode. */
async function timeOurs(file: string): Promise<number> {
  const { receiver, port } = await startPackagedReceiver(['--decode', '--quiet']);
  await using sender = startPackaged('image-sender', ['video', file, '--once', '--interval', '0', '--port', port]);
  await sender.wait(timeoutMs);
  const [, fps] = await receiver.waitForLine('stderr', /left after 600 frames .* ([\d.]+) fps/, timeoutMs);
  await receiver.stop();
  return Number(fps);
}

/** Both pairs, by turns. */
export async function compareThroughput(): Promise<void> {
  say('720p H.264 file at full speed, resized to 480x315, both ends decoding, by turns');
  const file = await mediaFile('bench');
  const python: number[] = [];
  const ours: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    python.push(await timePython(file));
    ours.push(await timeOurs(file));
    const ratio = (ours.at(-1) ?? 0) / (python.at(-1) ?? 1);
    say(
      `  round ${round}: Python ${python.at(-1)?.toFixed(0)} fps, ours ${ours.at(-1)?.toFixed(0)} fps, ratio ${ratio.toFixed(2)}`,
    );
  }
  const ratios = ours.map((fps, i) => fps / (python[i] ?? Number.NaN));
  say(
    `  median: Python ${median(python).toFixed(0)} fps, ours ${median(ours).toFixed(0)} fps, ratio ${median(ratios).toFixed(2)}`,
  );
}
