import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dcmtk, hasDcmtk, startDcmtk } from '../src/testing/dcmtk.ts';
import { slice } from '../src/testing/slices.ts';
import { holdPorts } from '../src/testing/weaviate.ts';
import { violations } from './axe.ts';
import { hasBrowser, openPage } from './browser.ts';
import { run, startServing, temporaryFolder } from './program.ts';

const NAME = 'PLANTEDNAME';

/** Documents go out of the built program, to DCMTK's archive and through its page. */
describe.runIf(hasDcmtk())('documents of a search', () => {
  const temporary = temporaryFolder();
  const at = (...names: string[]) => join(temporary.path, ...names);
  const home = ['--home', at('home')];
  const archived = () => readdirSync(at('archive')).map((name) => at('archive', name));
  let archive: ReturnType<typeof startDcmtk>;
  let sendTo: string;

  beforeAll(async () => {
    for (const name of ['images', 'archive']) mkdirSync(at(name));
    for (const study of [1, 2]) {
      for (const number of [1, 2, 3]) {
        const bytes = slice(study, number, { others: [['PatientName', NAME]] });
        writeFileSync(at('images', `${study}-${number}.dcm`), bytes);
      }
    }
    const { code, stderr } = await run([...home, 'index', at('images'), '-c', 'test']);
    expect(code, stderr).toBe(0);
    const held = await holdPorts(1);
    await held.free();
    archive = startDcmtk('storescp', ['-od', at('archive'), `${held.first}`]);
    sendTo = `dimse://ANY@127.0.0.1:${held.first}`;
    const isUp = () => dcmtk('echoscu', '127.0.0.1', `${held.first}`);
    while ((await isUp()).status !== 0) await sleep(100);
  }, 120_000);
  afterAll(async () => {
    archive?.child.kill();
    await archive?.ended;
    temporary.remove();
  });

  /** What DCMTK prints of a document, which is one for it. */
  async function dumped(file: string): Promise<string> {
    expect(await dcmtk('dcmdump', '-q', file)).toMatchObject({ status: 0 });
    const { status, said } = await dcmtk('dsrdump', '+U8', file);
    expect(status, said).toBe(0);
    expect(said).toContain(NAME);
    return said;
  }

  it('are written and sent by the command line', async () => {
    const files = ['--key-objects', at('keys.dcm'), '--report', at('report.dcm')];
    const search = ['search', '--image', '1', '-c', 'test', '-k', '3'];
    const sent = await run([...home, ...search, ...files, '--send', sendTo, '--json']);
    expect(sent.code, sent.stderr).toBe(0);
    expect(JSON.parse(sent.stdout).documents).toEqual({
      ...{ kinds: ['key-objects', 'report'], references: 3, leftOut: [], sent: true },
    });
    expect(sent.stdout + sent.stderr).not.toMatch(/PLANTED|1\.2\.777/);
    expect(await dumped(at('keys.dcm'))).toContain('Of Interest');
    expect(await dumped(at('report.dcm'))).toContain('1: similarity');
    expect(archived()).toHaveLength(2);
    for (const file of archived()) await dumped(file);
  }, 60_000);

  it.each([
    [['--send', 'dimse://ANY@127.0.0.1:1'], 'PACS_NOT_LISTENING'],
    [['--send', 'dimse://127.0.0.1'], 'PACS_ADDRESS_INVALID'],
    [['--send', 'https://127.0.0.1'], 'PACS_ADDRESS_INVALID'],
    [['--key-objects', at('absent', 'keys.dcm')], 'PATH_NOT_FOUND'],
    [['--report', at('report.dcm'), '--each', at('images')], 'USAGE'],
  ])(
    'are refused by the command line with a code: %o',
    async (options, code) => {
      const isEach = options.includes('--each');
      const search = ['search', ...(isEach ? [] : ['--image', '1']), '-c', 'test'];
      const { code: status, stderr } = await run([...home, ...search, ...options, '--json']);
      expect(status).not.toBe(0);
      expect(stderr).toContain(code);
    },
    60_000,
  );

  describe.skipIf(!hasBrowser)('on the page, in Chromium', () => {
    let server: Awaited<ReturnType<typeof startServing>>;
    let viewer: Server;
    let browser: Browser;
    let page: Page;
    let complaints: string[];
    beforeAll(async () => {
      viewer = createServer((_, answer) => answer.end('<h1>Viewer</h1>')).listen(0, '127.0.0.1');
      await once(viewer, 'listening');
      const { port } = viewer.address() as AddressInfo;
      const template = `http://127.0.0.1:${port}/viewer?StudyInstanceUIDs={study}&s={series}`;
      const out = ['--viewer-url', template, '--send-to', sendTo, '--dicom-web', 'patients'];
      server = await startServing([...home, 'serve', ...out]);
      ({ browser, page, complaints } = await openPage(server.url));
      await page.goto(`${server.url}?collection=test&image=1`);
      await page.getByTestId('result-card').first().waitFor();
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      viewer?.close();
    });

    it.each(['key-objects', 'report'])(
      'are saved: %s',
      async (kind) => {
        const saved = page.waitForEvent('download');
        await page.getByTestId(`document-${kind}`).click();
        const download = await saved;
        expect(download.suggestedFilename()).toBe(`${kind}.dcm`);
        const file = at(`${kind}-saved.dcm`);
        await download.saveAs(file);
        // All others are found but the query itself.
        expect((await dumped(file)).match(/IMAGE:/g)?.length).toBe(kind === 'report' ? 6 : 5);
        expect(readFileSync(file).includes(NAME)).toBe(true);
      },
      60_000,
    );

    it('are sent to the archive that the server knows', async () => {
      const before = archived().length;
      await page.getByTestId('document-send').click();
      const said = page.getByTestId('document-said');
      await expect.poll(() => said.textContent()).toMatch(/Sent to the archive: 5 results/);
      expect(archived()).toHaveLength(before + 2);
      expect(await violations(page)).toEqual([]);
    }, 60_000);

    it('and images open in the viewer', async () => {
      await page.getByRole('button', { name: 'Compare' }).first().click();
      for (const name of ['query', 'result']) {
        const opened = page.context().waitForEvent('page');
        await page.getByTestId(`open-${name}`).click();
        const tab = await opened;
        await tab.waitForURL(/\/viewer\?/);
        expect(tab.url()).toMatch(/StudyInstanceUIDs=1\.2\.777\.[12]&s=1\.2\.777\.[12]\.1$/);
        expect(await tab.textContent('h1')).toBe('Viewer');
        await tab.close();
      }
      // The page itself has no UID in it.
      expect(await page.content()).not.toMatch(/1\.2\.777|PLANTED/);
      expect(complaints).toEqual([]);
    }, 60_000);
  });
});
