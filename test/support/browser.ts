import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { installPackages } from '../../scripts/debian/install.ts';

const executablePath = '/usr/bin/chromium';

/** A page of its own in Debian's Chromium, and what went wrong in it. */
export interface Tab extends AsyncDisposable {
  readonly page: Page;
  /** Errors that the page or the browser told of. */
  readonly errors: readonly string[];
  /** Addresses that the page asked for elsewhere than on this machine. */
  readonly externalRequests: readonly string[];
}

let shared: Promise<Browser> | undefined;

/** Debian's Chromium without a window: the same for all tests of a file, which ends it with `closeBrowser`. */
export function openBrowser(): Promise<Browser> {
  shared ??= startBrowser();
  return shared;
}

export async function closeBrowser(): Promise<void> {
  await (await shared)?.close();
}

/** Debian's Chromium without a window; `await using` ends it with the block. */
export async function startBrowser(): Promise<Browser> {
  await installPackages(['chromium'], 'looking at the page in a browser');
  // Root may not have a sandbox, and containers mostly cannot.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export async function openTab(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const [errors, externalRequests]: string[][] = [[], []];
  page.on('pageerror', (error) => errors?.push(String(error)));
  page.on('console', (message) => {
    // That the receiver is away is what some tests are about.
    if (message.type() === 'error' && !/net::ERR_|status of 401/.test(message.text())) errors?.push(message.text());
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== 'blob:' && !['127.0.0.1', 'localhost'].includes(hostname)) externalRequests?.push(request.url());
  });
  await page.goto(url);
  return {
    page,
    errors: errors ?? [],
    externalRequests: externalRequests ?? [],
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** The serious and critical findings of axe-core, each with its elements. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const run = "axe.run(document, { resultTypes: ['violations'] })";
  const { violations } = (await page.evaluate(run)) as axe.AxeResults;
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}
