import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FramedReader } from '../../test/support/framed-reader.ts';
import type { Runtime } from '../../test/support/programs.ts';
import type { ReceivedPictures } from '../chaos/received-pictures.ts';
import { TrialReceiver } from '../chaos/trial-receiver.ts';

/** Frames of each camera that are kept for the figures of latency: more than come between two samples. */
const maxArrivals = 2000;
/** So much is kept of recordings and of pictures. The oldest are deleted. */
const keep = '300MB';

/** Files that hooks touch or write: each kind of hook has one. */
export const hookFiles = ['connect', 'disconnect', 'segment', 'frame'] as const;

export interface HubOptions {
  readonly port: number;
  /** Address of the NATS server. */
  readonly nats: string;
  /** Takes the folders of the outputs. */
  readonly folder: string;
  /** As `--segment`. */
  readonly segment: string;
  readonly onMessage: (line: string) => void;
}

export interface HubFolders {
  readonly videos: string;
  readonly pictures: string;
  readonly hooks: string;
}

/** The receiver with every sink but standard output and windows. */
export async function startHub(
  runtime: Runtime,
  { port, nats, folder, segment, onMessage }: HubOptions,
): Promise<{ hub: TrialReceiver; page: string; folders: HubFolders }> {
  const folders = {
    videos: join(folder, 'videos'),
    pictures: join(folder, 'pictures'),
    hooks: join(folder, 'hooks'),
  };
  for (const path of Object.values(folders)) await mkdir(path);
  const [connect, disconnect, finished, frame] = hookFiles.map((name) => join(folders.hooks, name));
  const hub = new TrialReceiver({
    ...{ runtime, maxArrivals, onMessage },
    args: [
      ...['--port', `${port}`, '--web', '0', '--publish', nats],
      ...['--record', folders.videos, '--segment', segment, '--record-size', keep, '--record-keep-free', '0'],
      ...['--save', `${folders.pictures}/{name}/{utc}-{sequence}.jpg`, '--save-size', keep, '--save-keep-free', '0'],
      ...['--on-connect', `touch ${connect}`, '--on-disconnect', `touch ${disconnect}`],
      ...['--on-segment', `touch ${finished}`, '--on-frame', `tee ${frame}`, '--on-frame-every', '20'],
    ],
  });
  await hub.start();
  const [, page = ''] = /the page is at (http:\S+)\/,? /.exec(hub.messages.join('\n')) ?? [];
  return { hub, page, folders };
}

/** A receiver that saves what it gets, to be killed and started again and again. */
export function makeRestarted(
  runtime: Runtime,
  port: number,
  folder: string,
  onMessage: (line: string) => void,
): TrialReceiver {
  return new TrialReceiver({ runtime, maxArrivals, onMessage, args: ['--port', `${port}`, '--save', folder] });
}

/** A receiver that writes all pictures to standard output, from where they go to `received`. */
export function startReader(runtime: Runtime, port: number, received: ReceivedPictures): FramedReader {
  const args = ['--port', `${port}`, '--stdout-deliver', 'every'];
  return new FramedReader(
    runtime,
    args,
    ({ jpeg, facts }) => received.add(jpeg, `picture ${facts.sequence} on standard output`),
    {
      duration: '0',
      forgetsPictures: true,
    },
  );
}

/** A receiver of the pictures on NATS, which is to be started. */
export function makeSubscriber(runtime: Runtime, nats: string, onMessage: (line: string) => void): TrialReceiver {
  return new TrialReceiver({ runtime, maxArrivals, onMessage, args: ['--subscribe', nats], readyLine: /./ });
}
