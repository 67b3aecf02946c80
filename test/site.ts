import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openPage } from './browser.ts';
import { startServing, temporaryFolder } from './program.ts';

/** Where tests leave their screenshots to be looked at. */
export const OUTPUT = fileURLToPath(new URL('../test-output/', import.meta.url));

/** A home that is served, and its page in a browser. */
export interface Site {
  /** A folder for the test's own files. */
  folder: string;
  /** The options of the command that name the home. */
  home: string[];
  url: string;
  page: Page;
  /** Errors in the page's console and requests to anywhere but the server; none is expected. */
  complaints: string[];
}

/**
 * Serves a home and opens its page before the tests around, and ends both after them.
 * @param command makes the home ready; returns the command that serves it
 * @returns what the tests work on; it is filled when they run
 */
export function servedSite(
  command: (prepared: Pick<Site, 'folder' | 'home'>) => Promise<string> | string,
): Site {
  const temporary = temporaryFolder();
  const folder = temporary.path;
  const site = { folder, home: ['--home', join(folder, 'home')] } as Site;
  let browser: Browser | undefined;
  let server: Awaited<ReturnType<typeof startServing>> | undefined;
  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    server = await startServing([...site.home, await command(site)]);
    const opened = await openPage(server.url);
    browser = opened.browser;
    Object.assign(site, { url: server.url, page: opened.page, complaints: opened.complaints });
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    temporary.remove();
  });
  return site;
}
