import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openPage } from './browser.ts';
import { run, startServing, temporaryFolder, writePicture } from './program.ts';

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
  /** Ends the server, as when its machine is switched off. */
  stop: () => Promise<void>;
  /** Ends it at once, as when the power fails. */
  kill: () => Promise<void>;
  /** Serves the home again, at the same address. */
  startAgain: () => Promise<void>;
}

/** The kinds of image of a small collection. */
const KINDS = [
  ['XR', 'chest', 'XR/chest/nodule'],
  ['CT', 'head', 'CT/head/normal'],
  ['MR', 'knee', 'MR/knee/effusion'],
] as const;

/**
 * Makes a collection of 36 drawn pictures, 12 of each kind and two of each patient: there sooner
 * than the demonstration.
 * @returns the command that serves it
 */
export async function smallCollection({
  folder,
  home,
}: Pick<Site, 'folder' | 'home'>): Promise<string> {
  const images = join(folder, 'images');
  mkdirSync(images);
  const labels = KINDS.map(([, , label]) => label);
  const rows = [`filepath,split,patient,modality,anatomic_region,${labels.join()}`];
  for (let i = 0; i < 36; i++) {
    await writePicture(join(images, `${i}.png`), i, 200);
    const kind = i % KINDS.length;
    const [modality, region] = KINDS[kind] as (typeof KINDS)[number];
    const marks = labels.map((_, at) => Number(at === kind));
    rows.push(`${i}.png,train,p${i >> 1},${modality},${region},${marks.join()}`);
  }
  writeFileSync(join(images, 'dataset.csv'), rows.join('\n'));
  const indexed = await run([...home, 'index', images, '-c', 'small']);
  if (indexed.code !== 0) throw new Error(indexed.stderr);
  return 'serve';
}

/**
 * Serves a home and opens its page before the tests around, and ends both after them.
 * @param command makes the home ready; returns the command that serves it, with its options
 * @returns what the tests work on; it is filled when they run
 */
export function servedSite(
  command: (prepared: Pick<Site, 'folder' | 'home'>) => Promise<string | string[]> | string,
): Site {
  const temporary = temporaryFolder();
  const folder = temporary.path;
  const site = { folder, home: ['--home', join(folder, 'home')] } as Site;
  let browser: Browser | undefined;
  let server: Awaited<ReturnType<typeof startServing>> | undefined;
  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
    const serve = [await command(site)].flat();
    server = await startServing([...site.home, ...serve]);
    const { url } = server;
    const { browser: started, ...opened } = await openPage(url);
    browser = started;
    Object.assign(site, opened, {
      url,
      stop: async () => {
        const running = server;
        server = undefined;
        await running?.stop();
      },
      kill: async () => {
        const running = server;
        server = undefined;
        await running?.stop('SIGKILL');
      },
      startAgain: async () => {
        server = await startServing([...site.home, ...serve], new URL(url).port);
      },
    });
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    temporary.remove();
  });
  return site;
}
