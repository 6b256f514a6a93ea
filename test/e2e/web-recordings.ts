import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { findBarriers, openBrowser, openTab } from '../support/browser.ts';
import type { Runtime } from '../support/programs.ts';
import { makeFolder } from './suite.ts';
import { PostingCamera } from './web-camera.ts';
import { assertClean, canvasOf, startPage, waitForPictures, waitUntil } from './web-support.ts';

interface RecordingList {
  readonly recordings: readonly { readonly isBeingWritten: boolean; readonly bytes: number }[];
}

export function defineRecordings(runtime: Runtime): void {
  describe(`recordings in a browser, receiver ${runtime}`, () => {
    let browser: Browser;
    before(async () => {
      browser = await openBrowser();
    });

    test('recordings are listed, played from any time, and downloaded', async () => {
      await using folder = await makeFolder();
      await using shown = await startPage(runtime, ['--record', folder.path, '--segment', '20f']);
      using _camera = await PostingCamera.start(shown.port, 'garden', 50);
      await using tab = await openTab(browser, shown.url);
      const { page } = tab;
      await waitForPictures(page, canvasOf('garden'), 1);
      const list = async () => {
        const { recordings } = (await (await fetch(new URL('/recordings', shown.url))).json()) as RecordingList;
        return recordings.filter(({ isBeingWritten }) => !isBeingWritten);
      };
      while ((await list()).length < 2) await page.waitForTimeout(100);
      await page.getByRole('link', { name: 'Recordings' }).click();
      await page.getByText(/^\d recordings, /).waitFor();
      assert.deepEqual(await findBarriers(page), []);
      await page.locator('.recordings .play').last().click();
      await waitForPictures(page, '#player-picture', 5);
      // At its end it stops, and begins again.
      await page.getByRole('button', { name: 'Play', exact: true }).click();
      await waitForPictures(page, '#player-picture', 5);
      await page.getByRole('button', { name: 'Pause' }).click();
      const seek = page.getByRole('slider', { name: 'Position' });
      await seek.focus();
      await page.keyboard.press('End');
      await waitUntil(page, "document.getElementById('player-toggle').textContent === 'Play'");
      await page.keyboard.press('Home');
      await waitForPictures(page, '#player-picture', 5);
      assert.deepEqual(await findBarriers(page), []);
      const download = page.waitForEvent('download');
      await page
        .getByRole('link', { name: /^Download garden/ })
        .last()
        .click();
      const file = await download;
      assert.match(file.suggestedFilename(), /^garden_\d{8}T\d{6}Z\.mkv$/);
      assert.equal((await stat(await file.path())).size, (await list()).at(-1)?.bytes);
      await page.getByRole('link', { name: 'Live' }).click();
      await waitForPictures(page, canvasOf('garden'), 2);
      assertClean(tab);
    });
  });
}
