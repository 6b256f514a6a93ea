// Makes the picture of the page for the README: node scripts/page-picture.ts FILE.png
import './no-multicast.ts';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Browser } from 'playwright-core';
import { openTab, startBrowser } from '../test/support/browser.ts';
import { runChild } from '../test/support/child.ts';
import { soonMs, startProgram, startReceiver } from '../test/support/programs.ts';

const cameras = { garden: 12, street: 25, yard: 15 } as const;
const framesPerScene = 120;
const size = { width: 1200, height: 505 };
/** The plots show two minutes. */
const watchMs = 130_000;

/** Writes the frames of each camera into a folder of its name. */
async function drawFrames(browser: Browser, folder: string): Promise<void> {
  const page = await browser.newPage();
  await page.addScriptTag({ content: await readFile(new URL('page-picture/scenes.js', import.meta.url), 'utf8') });
  for (const name of Object.keys(cameras)) {
    await mkdir(join(folder, name));
    for (let i = 0; i < framesPerScene; i++) {
      const base64 = await page.evaluate(`drawScene(${JSON.stringify(name)}, ${i / framesPerScene})`);
      await writeFile(join(folder, name, `${String(i).padStart(3, '0')}.jpg`), String(base64), 'base64');
    }
  }
  await page.close();
}

async function takePicture(browser: Browser, folder: string): Promise<Buffer> {
  const { receiver, port } = await startReceiver('node', ['--web', '0', '--quiet']);
  await using _receiver = receiver;
  await using senders = new AsyncDisposableStack();
  for (const [name, fps] of Object.entries(cameras)) {
    const args = ['folder', join(folder, name), '--fps', `${fps}`, '--name', name, '--port', `${port}`];
    senders.use(startProgram('node', 'image-sender', args));
  }
  const line = receiver.lines('stderr').find((text) => text.includes('the page is at')) ?? '';
  await using tab = await openTab(browser, /https?:\/\/\S+\//.exec(line)?.[0] ?? '', { viewport: size });
  await tab.page.getByText(`${Object.keys(cameras).length} online`).waitFor({ timeout: soonMs });
  await tab.page.waitForTimeout(watchMs);
  return await tab.page.screenshot();
}

/**
 * With 256 colours a file is a third as large; no dots are scattered, as they would make it larger
 * again.
 */
async function reduceColours(png: Buffer, folder: string, path: string): Promise<void> {
  const whole = join(folder, 'whole.png');
  await writeFile(whole, png);
  const filter = 'split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=dither=none';
  await runChild('/usr/bin/ffmpeg', ['-v', 'error', '-y', '-i', whole, '-vf', filter, path], soonMs);
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('Cannot make the picture as it must have a name: page-picture.ts FILE.png');
const folder = await mkdtemp(join(tmpdir(), 'image-socket-page-'));
try {
  const browser = await startBrowser();
  try {
    await drawFrames(browser, folder);
    await reduceColours(await takePicture(browser, folder), folder, path);
  } finally {
    await browser.close();
  }
} finally {
  await rm(folder, { recursive: true });
}
