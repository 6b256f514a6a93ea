import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeQrCode } from '../../src/qr/qr-code.ts';
import { drawSvgPath } from '../../src/qr/svg-path.ts';
import { findBarriers, openBrowser, openTab } from '../support/browser.ts';
import { viewScreen } from '../support/camera-view.ts';
import { FakeRpicam } from '../support/fake-rpicam/fake-rpicam.ts';
import { type Runtime, soonMs } from '../support/programs.ts';
import { buildShim, describeShim } from '../support/v4l2-shim/shim.ts';
import { JoiningSite } from './joining-parts.ts';
import { makeFolder } from './suite.ts';
import { assertClean } from './web-support.ts';

const view = { width: 640, height: 480, turn: 8, blur: 0.8, zoom: 0.9, x: 0.2, y: 0.8 };
const fakeProgram = join(import.meta.dirname, '../support/fake-rpicam/rpicam-vid.ts');

/** The page of a receiver, as it said where it is. */
function findUrl({ receiver }: JoiningSite): string {
  const line = receiver.lines('stderr').find((text) => text.includes('the page is at')) ?? '';
  return /https?:\/\/\S+\//.exec(line)?.[0] ?? '';
}

/** A screen that shows a QR code and nothing else. */
async function showCode(page: Page, text: string): Promise<Uint8Array> {
  const code = makeQrCode(text);
  const path = `<path d="${drawSvgPath(code)}"/>`;
  await page.setContent(`<svg viewBox="0 0 ${code.length} ${code.length}" height="700">${path}</svg>`);
  return page.screenshot();
}

/** A camera module that sees these screens by turns. */
async function openCamera(page: Page, screenshots: readonly Uint8Array[]): Promise<FakeRpicam> {
  const seen: Uint8Array[] = [];
  for (const screenshot of screenshots) seen.push(await viewScreen(page, screenshot, view));
  const fake = await FakeRpicam.open();
  const jpegs = join(fake.folder, 'jpegs');
  await writeFile(jpegs, Buffer.concat(seen));
  await writeFile(
    join(fake.folder, 'plan.json'),
    JSON.stringify({ jpegs, runs: [{ pictures: 10_000, pauseMs: 100 }] }),
  );
  const list = '[ "$1" = --list-cameras ] && { echo "0 : imx708 [4608x2592] (/base/soc/i2c@1/imx708@1a)"; exit 0; }';
  const play = `exec '${process.execPath}' --no-warnings '${fakeProgram}' '${fake.folder}' "$@"`;
  await fake.install('rpicam-vid', `${list}\n${play}`);
  return fake;
}

/** How a camera joins that sees the page. */
export function defineLens(runtime: Runtime): void {
  test('a camera joins that is shown the page, and the page says so', async () => {
    await using site = await JoiningSite.open(runtime, ['--web', '0']);
    const browser = await openBrowser();
    await using tab = await openTab(browser, findUrl(site));
    await using canvas = await openTab(browser, 'about:blank');
    const { page } = tab;
    await page.getByRole('button', { name: 'Invite a camera' }).press('Enter');
    assert.deepEqual(await findBarriers(page), []);
    await page.keyboard.type('<b>garden</b>');
    await page.keyboard.press('Enter');
    await page.getByText(/^(9|10):\d\d minutes left$/).waitFor({ timeout: soonMs });
    await page.getByText('<b>garden</b>').waitFor();
    await page.getByText(`--port ${site.port}`).waitFor();
    assert.deepEqual(await findBarriers(page), []);

    const stranger = await showCode(canvas.page, 'https://example.org/menu\u001b[2J');
    await using camera = await openCamera(canvas.page, [stranger, await page.screenshot()]);
    site.senderEnv = { PATH: camera.folder };
    const joined = await site.send('pi', 'join', '--camera');
    assert.equal(joined.code, 0, joined.messages);
    assert.match(joined.messages, /looking for the QR code of image-receiver invite with rpicam, for 2:00 minutes/);
    assert.match(joined.messages, /saw a QR code that is none of image-receiver: https:\/\/example\.org\/menu.\[2J/);
    assert.match(joined.messages, /joined the receiver at localhost:\d+ as the camera <b>garden<\/b>/);
    await page.getByText('<b>garden</b> has joined.').waitFor({ timeout: soonMs });
    assert.deepEqual(await findBarriers(page), []);
    assert.deepEqual(
      (await camera.starts()).map(({ args }) => args.join(' ')),
      ['-n -t 0 --codec mjpeg -q 90 --width 640 --height 480 --framerate 5 --flush -o -'],
    );
    assert.equal((await site.send('pi', 'pattern', '--count', '2')).code, 0);
    assertClean(tab);
  });

  test('a camera joins whose USB camera is shown the code', async () => {
    await using site = await JoiningSite.open(runtime);
    await using canvas = await openTab(await openBrowser(), 'about:blank');
    await using folder = await makeFolder();
    const { command } = await site.invite('garden');
    const jpegs = join(folder.path, 'jpegs');
    await writeFile(jpegs, await viewScreen(canvas.page, await showCode(canvas.page, command), view));
    site.senderEnv = describeShim(await buildShim('x64'), { mjpeg: [jpegs] });
    const joined = await site.send('pi', 'join', '--camera=0');
    assert.equal(joined.code, 0, joined.messages);
    assert.match(joined.messages, /looking for the QR code of image-receiver invite with camera 0/);
    assert.match(joined.messages, /joined the receiver at localhost:\d+ as the camera garden/);
  });

  test('join --camera says why there is no picture, and takes no code beside', async () => {
    await using site = await JoiningSite.open(runtime);
    const { code } = await site.invite('garden');
    const both = await site.send('pi', 'join', code, '--camera');
    assert.equal(both.code, 2);
    assert.match(both.messages, /Cannot use --camera with CODE, as the code is in the QR code: leave one out/);
    await using none = await FakeRpicam.open();
    site.senderEnv = { PATH: none.folder };
    const missing = await site.send('pi', 'join', '--camera', 'rpicam');
    assert.equal(missing.code, 3);
    assert.match(missing.messages, /neither rpicam-vid nor libcamera-vid is in the search path/);
    const gone = await site.send('pi', 'join', '--camera', '/dev/video-none');
    assert.equal(gone.code, 3);
    assert.match(gone.messages, /Cannot open camera \/dev\/video-none: there is no such device/);
    const neither = await site.send('pi', 'join');
    assert.equal(neither.code, 2);
    assert.match(neither.messages, /Cannot join without a code: .*, or image-sender join --camera/);
    assert.equal(site.keepsReceiver('pi'), false);
  });
}
