import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { soonMs, startProgram, startReceiver } from '../../test/support/programs.ts';
import { drawPictures, picturesFps } from './pictures.ts';

/** Receiver and sender from source, as they run without OpenCV. */
export interface Preview extends AsyncDisposable {
  /** The address of the page that shows the pictures. */
  readonly page: string;
}

/**
 * Draws pictures and sends them to a receiver with a page.
 * @param folder gets the pictures; must exist
 * @returns once the receiver has the first of them
 */
export async function startPreview(folder: string): Promise<Preview> {
  await using started = new AsyncDisposableStack();
  const first = Promise.withResolvers<void>();
  const { receiver, port } = await startReceiver('node', ['--web', '0', '--json'], {
    forgetsOutput: true,
    onLine: (_line, stream) => {
      if (stream === 'stdout') first.resolve();
    },
  });
  started.use(receiver);
  const line = receiver.lines('stderr').find((one) => one.includes('the page is at'));
  const page = /https?:\/\/\S+\//.exec(line ?? '')?.[0];
  if (page === undefined) throw new Error(`the receiver did not say where its page is: ${line ?? 'it said nothing'}`);
  const pictures = join(folder, 'pictures');
  await mkdir(pictures);
  await drawPictures(pictures);
  const args = ['folder', pictures, '--fps', `${picturesFps}`, '--name', 'preview', '--port', `${port}`];
  const sender = started.use(startProgram('node', 'image-sender', args));
  const ended = sender.wait(soonMs).then(({ code }) => {
    throw new Error(`the sender ended with ${code}: ${sender.lines('stderr').at(-1) ?? 'it said nothing'}`);
  });
  await Promise.race([first.promise, ended]);
  const programs = started.move();
  return { page, [Symbol.asyncDispose]: () => programs.disposeAsync() };
}
