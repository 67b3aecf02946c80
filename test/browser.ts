import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
if (CHROMIUM === undefined) console.warn('skipped: no Chromium; install it or set CHROMIUM');

/** Whether there is a browser to test the page with. */
export const hasBrowser = CHROMIUM !== undefined;

/**
 * Opens a page in a browser of its own.
 * @param server address of the server
 * @returns the page, and where errors in its console and requests to anywhere else are collected
 */
export async function openPage(
  server: string,
): Promise<{ browser: Browser; page: Page; complaints: string[] }> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM as string,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const complaints: string[] = [];
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && `${origin}/` !== server) complaints.push(request.url());
  });
  return { browser, page, complaints };
}
