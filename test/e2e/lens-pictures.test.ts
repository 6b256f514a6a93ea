// QR codes of the page, as cameras see them. IMAGE_SOCKET_QR_PICTURES=100 looks at that many.
import assert from 'node:assert/strict';
import process from 'node:process';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { decodeJpeg } from '../../src/opencv/jpeg.ts';
import { loadOpenCv } from '../../src/opencv/load.ts';
import { toCodeLetters } from '../../src/protocol/code-letters.ts';
import { formatJoinCode, makeJoinCode, randomLength } from '../../src/protocol/join/join-code.ts';
import { formatJoinCommand } from '../../src/protocol/join/join-command.ts';
import { readQrCode } from '../../src/qr/read-qr-code.ts';
import type { CameraInviter } from '../../src/sinks/camera-inviter.ts';
import { TrialPage } from '../sinks/web/trial-page.ts';
import { closeBrowser, openBrowser, openTab } from '../support/browser.ts';
import { type CameraView, viewScreen } from '../support/camera-view.ts';
import { Dice } from '../support/dice.ts';

const pictures = Number(process.env['IMAGE_SOCKET_QR_PICTURES'] ?? 12);
const wantedShare = 0.95;

after(closeBrowser);

/** Makes invitations with codes and addresses as receivers in a house have them. */
class TrialInviter implements CameraInviter {
  readonly #dice: Dice;
  command = '';

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  async invite(name: string) {
    const dice = this.#dice;
    const bytes = Uint8Array.from({ length: randomLength }, () => dice.roll(256));
    const address = () => `192.168.${dice.roll(256)}.${dice.roll(256)}`;
    const [hosts, port] = dice.roll(2) === 0 ? [[address()], 8080] : [[address(), address()], 9000];
    this.command = formatJoinCommand({ code: formatJoinCode(makeJoinCode(toCodeLetters(bytes))), hosts, port });
    return { number: 1, name, command: this.command, minutes: 10 };
  }

  judge() {
    return 'open' as const;
  }
}

async function invite(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Invite a camera' }).click();
  await page.getByLabel('Name of the camera').fill('garden');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByRole('img', { name: 'QR code' }).waitFor();
}

async function read(jpeg: Uint8Array): Promise<string | undefined> {
  const cv = loadOpenCv();
  const mat = await decodeJpeg(cv, jpeg, cv.IMREAD_GRAYSCALE);
  const picture = { width: mat.cols, height: mat.rows, pixels: mat.getData() };
  mat.release();
  return readQrCode(picture);
}

test(`95 of 100 QR codes of the page are read by a camera of 480x315 that is turned and out of focus (${pictures})`, async (t) => {
  const dice = new Dice(20_261_201);
  const inviter = new TrialInviter(dice);
  await using site = await TrialPage.open({ inviter });
  const browser = await openBrowser();
  await using light = await openTab(browser, `http://127.0.0.1:${site.port}/`);
  await using dark = await openTab(browser, `http://127.0.0.1:${site.port}/`, { colorScheme: 'dark' });
  await using canvas = await openTab(browser, 'about:blank');
  const missed: string[] = [];
  const fraction = () => dice.roll(1000) / 999;
  for (let i = 0; i < pictures; i++) {
    const { page } = i % 2 === 0 ? light : dark;
    await invite(page);
    const view: CameraView = {
      ...{ width: 480, height: 315, turn: fraction() * 30 - 15, blur: 0.4 + fraction() * 1.2 },
      ...{ zoom: 0.75 + fraction() * 0.25, x: fraction(), y: fraction() },
    };
    const text = await read(await viewScreen(canvas.page, await page.screenshot(), view));
    if (text === undefined) missed.push(JSON.stringify(view));
    else assert.equal(text, inviter.command);
    await page.keyboard.press('Escape');
  }
  t.diagnostic(`${pictures - missed.length} of ${pictures} were read`);
  assert.ok(pictures - missed.length >= wantedShare * pictures, missed.join('\n'));
});
