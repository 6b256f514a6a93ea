import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { Tab } from '../support/browser.ts';
import type { Child } from '../support/child.ts';
import { type ProgramOptions, type Runtime, soonMs, startReceiver } from '../support/programs.ts';

export interface Shown extends AsyncDisposable {
  readonly receiver: Child;
  /** Where cameras send to. */
  readonly port: number;
  /** Address of the page. */
  readonly url: string;
}

/** A receiver with its page on free ports. */
export async function startPage(
  runtime: Runtime,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<Shown> {
  const { receiver, port } = await startReceiver(runtime, ['--web', '0', '--quiet', ...args], options);
  const line = receiver.lines('stderr').find((text) => text.includes('the page is at')) ?? '';
  const url = /https?:\/\/\S+\//.exec(line)?.[0] ?? '';
  return { receiver, port, url, [Symbol.asyncDispose]: async () => void (await receiver.stop()) };
}

export function tileOf(page: Page, key: string) {
  return page.locator(`.tile[data-camera="${key}"]`);
}

/** Waits until so many more pictures of it were drawn. */
export async function waitForPictures(page: Page, canvas: string, more: number): Promise<void> {
  const read = `Number(document.querySelector(${JSON.stringify(canvas)})?.dataset.shown ?? 0)`;
  const wanted = Number(await page.evaluate(read)) + more;
  await waitUntil(page, `${read} >= ${wanted}`);
}

/** Playwright's own waitForFunction would need a policy that lets strings be run. */
export async function waitUntil(page: Page, expression: string): Promise<void> {
  for (const end = Date.now() + soonMs; !(await page.evaluate(expression)); ) {
    if (Date.now() > end) throw new Error(`Not within ${soonMs} ms: ${expression}`);
    await page.waitForTimeout(50);
  }
}

export const canvasOf = (key: string) => `.tile[data-camera="${key}"] canvas`;

export function assertClean({ errors, externalRequests }: Tab): void {
  assert.deepEqual(errors, []);
  assert.deepEqual(externalRequests, []);
}
