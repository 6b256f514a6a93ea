import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Child } from '../support/child.ts';
import { tinyJpeg } from '../support/jpeg.ts';
import { soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './suite.ts';

const name = 'raspberrypi';
/** The picture of each camera has a width of its own. */
const widths = { garden: 480, cellar: 320 } as const;
type Place = keyof typeof widths;

interface Site {
  readonly folder: string;
  readonly port: number;
}

/** A folder of one picture is a device of its own. */
async function makeDevice(folder: string, place: Place): Promise<void> {
  await writeFile(join(folder, `${place}.jpg`), tinyJpeg(widths[place], 240, 2000));
}

function send({ folder, port }: Site, place: Place): Child {
  const picture = join(folder, `${place}.jpg`);
  const args = ['folder', picture, '--name', name, '--port', `${port}`, '--interval', '50', '--retries', '0'];
  return startProgram('node', 'image-sender', args);
}

/** The widths of all pictures that were saved for the camera with that key. */
async function readWidths({ folder }: Site, key: string): Promise<number[]> {
  const files = await readdir(join(folder, 'saved', key)).catch(() => []);
  const pictures = files.filter((file) => file.endsWith('.jpg')).map((file) => join(folder, 'saved', key, file));
  return Promise.all(pictures.map(async (file) => readWidth(await readFile(file))));
}

/** From the frame header, SOF0. */
function readWidth(jpeg: Uint8Array): number {
  const at = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  return ((jpeg[at + 7] ?? 0) << 8) | (jpeg[at + 8] ?? 0);
}

/** Both cameras send, the first of `order` before the other; the receiver and they end. */
async function runOnce(site: Site, order: readonly Place[], keys: Record<Place, string>): Promise<void> {
  const save = join(site.folder, 'saved', '{name}/{time}-{sequence}.jpg');
  const env = { XDG_STATE_HOME: join(site.folder, 'state') };
  const { receiver } = await startReceiver('node', ['--port', `${site.port}`, '--save', save, '--json'], { env });
  await using _receiver = receiver;
  await using senders = new AsyncDisposableStack();
  for (const place of order) {
    const before = (await readWidths(site, keys[place])).length;
    senders.use(send(site, place));
    await until(async () => (await readWidths(site, keys[place])).length > before, `pictures of ${place}`, soonMs);
  }
}

test('a camera that starts again while its old connection is dead keeps its key, and a second one that lives has its own', async () => {
  await using folder = await makeFolder();
  await makeDevice(folder.path, 'garden');
  const { receiver, port } = await startReceiver('node', ['--idle-timeout', '1m']);
  await using _receiver = receiver;
  const site = { folder: folder.path, port };
  const arrivals = () => receiver.lines('stderr').filter((line) => line.includes('sends pictures')).length;
  const clashes = () => receiver.lines('stderr').filter((line) => line.includes(`its key here is ${name}-2`)).length;
  await using first = send(site, 'garden');
  await until(() => arrivals() === 1, 'the camera', soonMs);
  // Its kernel answers still, and it does not.
  first.signal('SIGSTOP');
  await using _second = send(site, 'garden');
  await until(() => arrivals() === 2, 'the camera again', soonMs);
  assert.equal(clashes(), 0);
  assert.ok(
    receiver.lines('stderr').some((line) => /dropped after .*its camera has connected again \[IDLE\]/.test(line)),
  );
  // Now two live that look the same, as with a copied system.
  first.signal('SIGCONT');
  await until(() => clashes() === 1, 'the second camera', soonMs);
  await using _third = send(site, 'garden');
  await until(() => arrivals() === 4, 'a third one', soonMs);
  const dropped = receiver.lines('stderr').filter((line) => line.includes('has connected again'));
  assert.equal(dropped.length, 1, dropped.join('\n'));
});

test('two cameras of one name keep their folders when both ends start again in another order', async () => {
  await using folder = await makeFolder();
  const { receiver, port } = await startReceiver('node');
  await receiver.stop();
  const site = { folder: folder.path, port };
  const keys = { garden: name, cellar: `${name}-2` };
  for (const place of ['garden', 'cellar'] as const) await makeDevice(folder.path, place);
  for (const order of [['garden', 'cellar'], ['cellar', 'garden'], ['garden', 'cellar'], ['cellar', 'garden']] as const) // biome-ignore format: pairs
    await runOnce(site, order, keys);
  for (const place of ['garden', 'cellar'] as const) {
    const found = await readWidths(site, keys[place]);
    assert.ok(found.length >= 4);
    assert.deepEqual([...new Set(found)], [widths[place]], `the folder ${keys[place]} has pictures of both cameras`);
  }
});
