import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { pageFiles } from '../../src/sinks/web/assets.ts';
import { openBrowser, openTab } from '../support/browser.ts';
import { runChild } from '../support/child.ts';
import { installPlainPrograms, readPictures } from '../support/plain-programs.ts';
import { type Runtime, soonMs, startProgram } from '../support/programs.ts';
import { hash } from '../support/saved.ts';
import { readJpegs } from '../support/v4l2-shim/jpegs.ts';
import { makeFolder } from './suite.ts';
import { PostingCamera } from './web-camera.ts';
import { assertClean, canvasOf, startPage, tileOf, waitForPictures } from './web-support.ts';

const pageFolder = new URL('../../src/sinks/web/page/', import.meta.url);

/** Tests of the picture addresses, for each runtime. */
export function definePictures(runtime: Runtime): void {
  describe(`page, receiver ${runtime}`, () => {
    let browser: Browser;
    before(async () => {
      browser = await openBrowser();
    });

    test('pictures move and markup in a name shows as text when a sender sends', async () => {
      await using shown = await startPage(runtime);
      const name = '<img src=x onerror=alert(1)> & "Küche"';
      const args = ['pattern', '--port', `${shown.port}`, '--name', name, '--interval', '50'];
      await using _sender = startProgram('node', 'image-sender', args);
      await using tab = await openTab(browser, shown.url);
      const { page } = tab;
      await page.getByRole('heading', { name }).waitFor({ timeout: soonMs });
      const [key = ''] = await page.locator('.tile').evaluateAll((tiles) => tiles.map((tile) => tile.dataset.camera));
      assert.match(key, /^[\w.-]+$/);
      await waitForPictures(page, canvasOf(key), 10);
      await tileOf(page, key)
        .getByText(/\d+\.\d fps/)
        .waitFor();
      await tileOf(page, key)
        .getByText(/^[\d.]+ \/ [\d.]+ ms$/)
        .waitFor({ timeout: soonMs });
      // The upper left corner of the test card is its grey bar.
      const pixel = `[...document.querySelector('canvas').getContext('2d').getImageData(20, 50, 1, 1).data]`;
      const [red = 0, green = 0, blue = 0] = (await page.evaluate(pixel)) as number[];
      for (const channel of [red, green, blue]) assert.ok(Math.abs(channel - 191) <= 8, `${red} ${green} ${blue}`);
      assert.equal(await page.locator('img, .tile b, .tile script').count(), 0);
      assertClean(tab);
    });

    test('every file of the page is there, as it is in the sources', async () => {
      await using shown = await startPage(runtime);
      for (const name of pageFiles.filter((file) => !file.endsWith('.html'))) {
        const source = await readFile(new URL(name, pageFolder), 'utf8');
        // Each over a connection of its own: a server may close one that is idle just when it is used again.
        const answer = await fetch(new URL(name, shown.url), { headers: { connection: 'close' } });
        assert.equal(await answer.text(), source, name);
      }
    });

    test('other programs read the stream of one camera', async () => {
      await installPlainPrograms();
      await using folder = await makeFolder();
      await using shown = await startPage(runtime);
      using _camera = await PostingCamera.start(shown.port, 'garden', 50);
      const url = new URL('/stream/garden', shown.url);
      while (!(await fetch(new URL('/snapshot/garden.jpg', shown.url))).ok) await sleep(50);
      const file = join(folder.path, 'out.mjpeg');
      const args = ['-v', 'error', '-i', url.href, '-frames:v', '20', '-c', 'copy', '-f', 'mjpeg', file];
      await runChild('/usr/bin/ffmpeg', args, soonMs);
      const sent = new Set((await readPictures()).map(hash));
      const read = (await readJpegs(file)).map(hash);
      assert.equal(read.length, 20);
      assert.deepEqual(
        read.filter((one) => !sent.has(one)),
        [],
      );
    });
  });
}
