import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { findBarriers, openBrowser, openTab } from '../support/browser.ts';
import { type Runtime, startProgram } from '../support/programs.ts';
import { PYTHON } from '../support/python.ts';
import { makeFolder } from './suite.ts';
import { assertClean, canvasOf, startPage, tileOf, waitForPictures, waitUntil } from './web-support.ts';

const stub = fileURLToPath(new URL('../support/python/stub_detector.py', import.meta.url));
const pictures = 10;
const looks = 40;

/** Writes pictures of one grey each, the next one lighter. */
async function drawPictures(page: Page, folder: string): Promise<void> {
  for (let i = 0; i < pictures; i++) {
    const draw = `(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 480, height: 320 });
      const context = canvas.getContext('2d');
      context.fillStyle = 'rgb(${grey(i)} ${grey(i)} ${grey(i)})';
      context.fillRect(0, 0, 480, 320);
      return canvas.toDataURL('image/jpeg', 0.9);
    })()`;
    const url = String(await page.evaluate(draw));
    await writeFile(join(folder, `${100 + i}.jpg`), Buffer.from(url.replace(/^.*,/, ''), 'base64'));
  }
}

const grey = (i: number) => 20 + 20 * i;

/** The picture on the canvas at this moment: its number, and its colours at the box of that number and within it. */
function look(page: Page): Promise<{ sequence: number; edge: number[]; inside: number[] }> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector(${JSON.stringify(canvasOf('garden'))});
    const sequence = Number(canvas.dataset.sequence);
    const n = sequence % 100;
    const at = (x, y) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)];
    return { sequence, edge: at(4 * n + 20, 80 + 2 * n), inside: at(4 * n + 20, 60 + 2 * n) };
  })()`);
}

/** A detector's boxes on the page. */
export function defineWebResults(runtime: Runtime): void {
  describe(`results on the page, receiver ${runtime}`, () => {
    let browser: Browser;
    before(async () => {
      browser = await openBrowser();
    });

    test('boxes are drawn on the picture that they belong to, in words beside it, and a key takes them away', async () => {
      await using folder = await makeFolder();
      await using shown = await startPage(runtime, ['--detect', `${PYTHON} -B '${stub}' large 0.02`]);
      await using tab = await openTab(browser, shown.url);
      const { page } = tab;
      await drawPictures(page, folder.path);
      const where = ['--port', `${shown.port}`, '--name', 'garden', '--fps', '15'];
      await using _sender = startProgram('node', 'image-sender', ['folder', folder.path, ...where, '--wire', '2']);
      await tileOf(page, 'garden')
        .getByText(/^Sees <b>\d+<\/b> 50 % \([\d.]+ results a second, \d+ ms old\)$/)
        .waitFor();
      let seen = 0;
      for (let i = 0; i < looks; i++) {
        await waitForPictures(page, canvasOf('garden'), 1);
        const { sequence, edge, inside } = await look(page);
        const [red = 0, green = 0, blue = 0] = edge;
        // A picture without a result may come first.
        if (!(red < 60 && green > 180 && blue > 200)) continue;
        seen++;
        const wanted = grey((sequence - 1) % pictures);
        assert.ok(Math.abs((inside[0] ?? 0) - wanted) < 8, `frame ${sequence}: ${inside}, not ${wanted}`);
      }
      assert.ok(seen > looks / 2, `${seen} of ${looks}`);
      assert.deepEqual(await findBarriers(page), []);
      await page.keyboard.press('b');
      await waitUntil(page, "document.getElementById('boxes').getAttribute('aria-pressed') === 'false'");
      await waitForPictures(page, canvasOf('garden'), 3);
      const [red = 0, green = 0] = (await look(page)).edge;
      assert.equal(red, green);
      await page.getByRole('button', { name: 'Boxes' }).click();
      await waitUntil(page, "document.getElementById('boxes').getAttribute('aria-pressed') === 'true'");
      assertClean(tab);
    });
  });
}
