import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { findBarriers, openBrowser, openTab } from '../support/browser.ts';
import { readPictures } from '../support/plain-programs.ts';
import { type Runtime, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import { makeFolder } from './suite.ts';
import { PostingCamera } from './web-camera.ts';
import { assertClean, canvasOf, startPage, tileOf, waitForPictures, waitUntil } from './web-support.ts';

const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const dark: BrowserContextOptions = { colorScheme: 'dark' };

/** All that the page does. */
export function definePage(runtime: Runtime): void {
  describe(`page in a browser, receiver ${runtime}`, () => {
    let browser: Browser;
    before(async () => {
      browser = await openBrowser();
    });

    test('it says what to type while there is no camera', async () => {
      await using shown = await startPage(runtime);
      await using tab = await openTab(browser, shown.url);
      await tab.page.getByText('image-sender rpicam --host localhost').waitFor();
      await tab.page.getByText('Waiting for the first camera').waitFor();
      assert.deepEqual(await findBarriers(tab.page), []);
      assertClean(tab);
    });

    test('a camera that leaves is offline over its last picture, and comes back', async () => {
      await using shown = await startPage(runtime);
      using _other = await PostingCamera.start(shown.port, 'attic');
      using camera = await PostingCamera.start(shown.port, 'garden');
      await using tab = await openTab(browser, shown.url);
      const { page } = tab;
      await waitForPictures(page, canvasOf('garden'), 3);
      await page.getByText('2 online').waitFor();
      camera[Symbol.dispose]();
      const tile = tileOf(page, 'garden');
      await tile.getByText(/^Offline since \d\d:\d\d \(\d+ s\)$/).waitFor({ timeout: soonMs });
      await page.getByText('1 online, 1 offline').waitFor();
      assert.deepEqual(await findBarriers(page), []);
      // A viewer that comes later sees the last picture too.
      await using late = await openTab(browser, shown.url);
      await waitUntil(late.page, `document.querySelector('${canvasOf('garden')}')?.dataset.shown === '1'`);
      await late.page.getByText('1 online, 1 offline').waitFor();
      using _back = await PostingCamera.start(shown.port, 'garden');
      await waitForPictures(page, canvasOf('garden'), 3);
      await tile.getByText(/Offline/).waitFor({ state: 'hidden', timeout: soonMs });
      await page.getByText('2 online').waitFor();
      assertClean(tab);
    });

    test('a camera that is away is forgotten with the keyboard, after a question', async () => {
      await using shown = await startPage(runtime);
      using _other = await PostingCamera.start(shown.port, 'attic');
      using camera = await PostingCamera.start(shown.port, encodeURIComponent('<b>garden</b>'));
      await using tab = await openTab(browser, shown.url);
      const { page } = tab;
      await page.getByText('2 online').waitFor({ timeout: soonMs });
      assert.equal(await page.getByRole('button', { name: /^Forget/ }).count(), 0);
      camera[Symbol.dispose]();
      await page.getByText('1 online, 1 offline').waitFor({ timeout: soonMs });
      const button = page.getByRole('button', { name: 'Forget <b>garden</b>' });
      const dialog = page.getByRole('dialog', { name: 'Forget <b>garden</b>?' });
      const ask = async () => {
        await button.focus();
        await page.keyboard.press('Enter');
        await dialog.waitFor();
      };
      await ask();
      assert.deepEqual(await findBarriers(page), []);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await waitUntil(page, "document.activeElement?.textContent === 'Forget'");
      // Cancel is the first choice.
      await ask();
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'hidden' });
      assert.equal(await page.locator('.tile').count(), 2);
      await ask();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'hidden' });
      await page.getByText('1 online', { exact: true }).waitFor({ timeout: soonMs });
      assert.deepEqual(await page.locator('.tile .name').allTextContents(), ['attic']);
      await waitUntil(page, "document.activeElement?.id === 'live'");
      assertClean(tab);
    });

    test('sixteen cameras move at once', async () => {
      await using shown = await startPage(runtime);
      const names = Array.from({ length: 16 }, (_, i) => `camera-${String(i + 1).padStart(2, '0')}`);
      using cameras = new DisposableStack();
      for (const name of names) cameras.use(await PostingCamera.start(shown.port, name));
      await using tab = await openTab(browser, shown.url, { viewport: { width: 1600, height: 2000 } });
      await tab.page.getByText('16 online').waitFor({ timeout: soonMs });
      for (const name of names) await waitForPictures(tab.page, canvasOf(name), 5);
      const shownNames = await tab.page.locator('.tile .name').allTextContents();
      assert.deepEqual(shownNames, names);
      assert.deepEqual(await findBarriers(tab.page), []);
      assertClean(tab);
    });

    test('two cameras of one name are told apart', async () => {
      await using shown = await startPage(runtime);
      await using folder = await makeFolder();
      const [jpeg = new Uint8Array()] = await readPictures();
      await writeFile(join(folder.path, '1.jpg'), jpeg);
      const film = ['folder', folder.path, '--fps', '5', '--name', 'twin', '--port', `${shown.port}`];
      await using _first = startProgram(runtime, 'image-sender', film);
      await using _second = startProgram(runtime, 'image-sender', film);
      await using tab = await openTab(browser, shown.url);
      await tab.page.getByText('twin (twin-2)', { exact: true }).waitFor({ timeout: soonMs });
      await tab.page.getByText('twin (twin)', { exact: true }).waitFor();
      assertClean(tab);
    });

    test('a camera shows in full size, the next one by an arrow key, and Esc goes back', async () => {
      await using shown = await startPage(runtime);
      using _first = await PostingCamera.start(shown.port, 'a');
      using _second = await PostingCamera.start(shown.port, 'b');
      await using tab = await openTab(browser, shown.url);
      const { page } = tab;
      await waitForPictures(page, canvasOf('b'), 1);
      const button = page.getByRole('button', { name: 'a: show in full size' });
      await button.focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog', { name: 'a' });
      await dialog.waitFor();
      await waitForPictures(page, '#full-size-picture', 3);
      assert.deepEqual(await findBarriers(page), []);
      await page.keyboard.press('ArrowRight');
      await page.getByRole('dialog', { name: 'b' }).waitFor();
      await waitForPictures(page, '#full-size-picture', 3);
      await page.keyboard.press('ArrowRight');
      await dialog.waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await waitUntil(page, "document.activeElement?.getAttribute('aria-label') === 'a: show in full size'");
      await waitForPictures(page, canvasOf('a'), 2);
      assertClean(tab);
    });

    test('the snapshot button gives the picture as a file', async () => {
      await using shown = await startPage(runtime);
      using _camera = await PostingCamera.start(shown.port, 'garden');
      await using tab = await openTab(browser, shown.url);
      await waitForPictures(tab.page, canvasOf('garden'), 1);
      const download = tab.page.waitForEvent('download');
      await tab.page.getByRole('link', { name: 'Snapshot of garden' }).click();
      const file = await download;
      assert.match(file.suggestedFilename(), /^garden_\d{8}_\d{6}\.jpg$/);
      const bytes = await readFile(await file.path());
      assert.deepEqual([bytes[0], bytes[1], bytes.at(-2), bytes.at(-1)], [0xff, 0xd8, 0xff, 0xd9]);
    });

    test('it fits a phone, in the dark too', async () => {
      await using shown = await startPage(runtime);
      using _long = await PostingCamera.start(
        shown.port,
        'a-name-that-is-much-too-long-for-one-line-of-a-tile-on-a-phone',
      );
      using _other = await PostingCamera.start(shown.port, 'b');
      await using tab = await openTab(browser, shown.url, { ...phone, ...dark });
      const { page } = tab;
      await waitForPictures(page, '.tile canvas', 2);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
      const boxes = await page
        .locator('.tile')
        .evaluateAll((tiles) => tiles.map((tile) => tile.getBoundingClientRect().left));
      assert.equal(new Set(boxes).size, 1);
      assert.deepEqual(await findBarriers(page), []);
      await page.locator('.tile .picture').first().tap();
      await page.getByRole('dialog').waitFor();
      await waitForPictures(page, '#full-size-picture', 2);
      assert.deepEqual(await findBarriers(page), []);
      assertClean(tab);
    });

    test('it asks for the password, and for it again when he has logged out', async () => {
      await using folder = await makeFolder();
      const file = join(folder.path, 'token');
      await writeFile(file, 'correct horse\n', { mode: 0o600 });
      await using shown = await startPage(runtime, ['--web-token-file', file]);
      using _camera = await PostingCamera.start(shown.port, 'garden');
      await using tab = await openTab(browser, shown.url);
      const { page } = tab;
      const logIn = async (password: string) => {
        await page.getByLabel('Password').fill(password);
        await page.getByRole('button', { name: 'Log in' }).click();
      };
      await page.waitForURL(/\/login$/);
      assert.deepEqual(await findBarriers(page), []);
      await logIn('wrong');
      await page.getByText('That is not the password.').waitFor({ timeout: soonMs });
      assert.deepEqual(await findBarriers(page), []);
      await logIn('correct horse');
      await waitForPictures(page, canvasOf('garden'), 3);
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.waitForURL(/\/login$/);
      await page.goto(shown.url);
      await page.waitForURL(/\/login$/);
      assertClean(tab);
    });

    test('it says that the receiver is away, and goes on when that is back', async () => {
      await using first = await startPage(runtime);
      const webPort = new URL(first.url).port;
      using camera = await PostingCamera.start(first.port, 'garden');
      await using tab = await openTab(browser, first.url);
      const { page } = tab;
      await waitForPictures(page, canvasOf('garden'), 2);
      await first.receiver.stop();
      camera[Symbol.dispose]();
      await page.getByText('Not connected to the receiver: trying again …').waitFor({ timeout: soonMs });
      const { receiver, port } = await startReceiver(runtime, ['--web', webPort, '--quiet']);
      await using _receiver = receiver;
      using _camera = await PostingCamera.start(port, 'garden');
      await page.getByText('1 online').waitFor({ timeout: soonMs });
      await waitForPictures(page, canvasOf('garden'), 2);
      assertClean(tab);
    });

    test('it takes no pictures while nobody looks', async () => {
      await using shown = await startPage(runtime);
      using _camera = await PostingCamera.start(shown.port, 'garden');
      await using tab = await openTab(browser, shown.url);
      const { page } = tab;
      await waitForPictures(page, canvasOf('garden'), 2);
      const hide = (isHidden: boolean) =>
        page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'))`);
      await hide(true);
      const countViewers = async () => {
        const text = await (await fetch(new URL('/metrics', shown.url))).text();
        return /^image_socket_web_viewers (\d+)/m.exec(text)?.[1];
      };
      while ((await countViewers()) !== '0') await page.waitForTimeout(100);
      await hide(false);
      await waitForPictures(page, canvasOf('garden'), 2);
      assertClean(tab);
    });
  });
}
