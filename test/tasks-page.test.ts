import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../src/contract/audit.ts';
import { SIZE, writePatchEncoder } from '../src/testing/patch-encoder.ts';
import { violations } from './axe.ts';
import { hasBrowser } from './browser.ts';
import { run, writePicture } from './program.ts';
import { OUTPUT, type Site, servedSite, smallCollection } from './site.ts';

const PASSWORD = 'four words beside nothing';
/** Pictures of the folder, beside one that is damaged and a text. */
const PICTURES = 20;
/** How a DICOM file begins. */
const PREAMBLE = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]);

/** What tests do on the page of a site. */
function toolsOf(site: Site) {
  const at = (testId: string) => site.page.getByTestId(testId);
  const task = (number = 0) => at('task').nth(number);
  return {
    at,
    task,
    look: async (name: string) => {
      await site.page.evaluate(() => scrollTo(0, 0));
      await site.page.screenshot({ path: join(OUTPUT, `tasks-${name}.png`), fullPage: true });
    },
    state: (wanted: string, number = 0) =>
      expect.poll(() => task(number).getAttribute('data-state'), { timeout: 60_000 }).toBe(wanted),
  };
}

describe.skipIf(!hasBrowser)('images are added by who has never seen a terminal', () => {
  const site = servedSite(async ({ folder }) => {
    const ward = join(folder, 'pictures', 'ward 7', 'x-rays');
    mkdirSync(ward, { recursive: true });
    mkdirSync(join(folder, 'pictures', 'nothing'));
    for (let i = 0; i < PICTURES; i++) await writePicture(join(ward, `${i}.png`), i, 200);
    writeFileSync(join(ward, 'cut.png'), Buffer.from('89504e470d0a1a0a', 'hex'));
    writeFileSync(join(ward, 'letter.txt'), 'words');
    return ['serve', '--allow-folder', join(folder, 'pictures'), '--max-upload', '1'];
  });

  const { at, look, task, state } = toolsOf(site);
  /** What the page would need a wider window for. */
  const overhang = () =>
    site.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );

  it('who logs in as an editor', async () => {
    const { request } = site.page;
    // Sessions are for the server's own page.
    const headers = { origin: new URL(site.url).origin };
    const add = (name: string, role: string, collections?: string[]) =>
      request.post(`${site.url}api/users`, {
        headers,
        data: { name, password: PASSWORD, role, collections },
      });
    expect((await add('anna', 'admin')).status()).toBe(200);
    const form = { name: 'anna', password: PASSWORD };
    expect((await request.post(`${site.url}api/session`, { multipart: form })).status()).toBe(200);
    expect((await add('ben', 'editor')).status()).toBe(200);
    expect((await add('cleo', 'viewer')).status()).toBe(200);
    expect((await add('dora', 'editor', ['ward-7'])).status()).toBe(200);
    await request.post(`${site.url}api/session/end`, { headers });
    await site.page.goto(site.url);
    await site.page.getByLabel('User').fill('ben');
    await site.page.getByLabel('Password').fill(PASSWORD);
    await site.page.getByRole('button', { name: 'Log in' }).click();
    await site.page.getByRole('link', { name: 'A folder of the server' }).click();
    await at('folder-form').waitFor();
  }, 60_000);

  it('looks for a folder, by mouse and by keys, and is told what is in it', async () => {
    await at('folders')
      .getByRole('button', { name: /pictures$/ })
      .click();
    await expect.poll(() => at('folder-state').textContent()).toContain('2 folders');
    await look('folder');
    expect(await violations(site.page)).toEqual([]);
    // The first entry has the focus: an empty folder.
    await site.page.keyboard.press('Enter');
    await expect.poll(() => at('folder-state').textContent()).toBe('This folder is empty.');
    await site.page.keyboard.press('Backspace');
    await site.page.getByRole('button', { name: 'Open ward 7' }).waitFor();
    await site.page.keyboard.press('ArrowDown');
    await site.page.keyboard.press('ArrowRight');
    await site.page.getByRole('button', { name: 'Open x-rays' }).waitFor();
    await site.page.keyboard.press('Enter');
    await expect.poll(() => at('folder-state').textContent()).toContain('22 files');
    expect(await at('folder-chosen').textContent()).toContain('x-rays, with the folders in it');
    // Of the folder's name a name is made.
    expect(await at('collection-name').inputValue()).toBe('x-rays');
  }, 60_000);

  it('sees what would be indexed, and what would not', async () => {
    await at('preview-button').click();
    await at('preview').waitFor();
    expect(await at('preview-images').textContent()).toBe(String(PICTURES + 1));
    expect(await at('preview').textContent()).toContain('1 × text');
    await look('preview');
    expect(await violations(site.page)).toEqual([]);
    await site.page.setViewportSize({ width: 390, height: 844 });
    await look('preview-phone');
    expect(await violations(site.page)).toEqual([]);
    expect(await overhang()).toBe(0);
    await site.page.setViewportSize({ width: 1440, height: 900 });
    // What was told of one collection is not told of another.
    await at('collection-name').fill('ward-7');
    expect(await at('preview').count()).toBe(0);
  }, 60_000);

  it('has it indexed, is told by events, and reads what was refused', async () => {
    const asked: string[] = [];
    site.page.on('request', (each) => asked.push(new URL(each.url()).pathname));
    await at('begin').click();
    await state('done');
    site.page.removeAllListeners('request');
    expect(asked).not.toContain('/api/v1/collections/ward-7/images');
    expect(await at('task-outcome').textContent()).toContain(`${PICTURES} files added`);
    await at('task-failures').locator('summary').click();
    expect(await at('failures').textContent()).toContain('cut.png');
    const [download] = await Promise.all([
      site.page.waitForEvent('download'),
      task().getByTestId('task-file').click(),
    ]);
    const table = await (await download.createReadStream()).toArray();
    expect(Buffer.concat(table).toString()).toContain('cut.png');
    await look('done');
    expect(await violations(site.page)).toEqual([]);
  }, 90_000);

  it('puts right what was refused, and has it tried again', async () => {
    await writePicture(join(site.folder, 'pictures', 'ward 7', 'x-rays', 'cut.png'), 99, 200);
    await at('again').click();
    await expect.poll(() => at('task').count()).toBe(2);
    await state('done');
    expect(await at('task-outcome').first().textContent()).toContain('1 file added');
  }, 60_000);

  it('sends own files, of which some are left out before', async () => {
    await at('connect').getByRole('link', { name: 'Your own files' }).click();
    const own = join(site.folder, 'own');
    mkdirSync(own);
    for (let i = 0; i < 6; i++) await writePicture(join(own, `mine-${i}.png`), 100 + i, 200);
    writeFileSync(join(own, 'mine-cut.png'), Buffer.from('89504e470d0a1a0a00', 'hex'));
    writeFileSync(join(own, 'letter.txt'), 'words');
    writeFileSync(join(own, 'long.dcm'), Buffer.concat([PREAMBLE, Buffer.alloc(2e6)]));
    await at('send-folder').setInputFiles(own);
    await expect.poll(() => at('given').textContent()).toContain('7 files');
    const left = await at('given').textContent();
    expect(left).toContain('1 × no picture (letter.txt)');
    expect(left).toContain('1 × file of more than the 1.0 MB');
    // Whoever names a new one as one that is there is told so.
    await at('collection-name').fill('ward-7');
    await at('collection-there').waitFor();
    await at('collection').selectOption('ward-7');
    await look('files');
    expect(await violations(site.page)).toEqual([]);
    await site.page.setViewportSize({ width: 390, height: 844 });
    await look('files-phone');
    expect(await violations(site.page)).toEqual([]);
    expect(await overhang()).toBe(0);
    await site.page.setViewportSize({ width: 1440, height: 900 });
    // It is cancelled on its way, and goes on where it was.
    await site.page.route('**/ward-7/images', () => undefined);
    await at('send').click();
    await site.page.getByText('0 of 7 files').waitFor();
    await look('sending');
    expect(await violations(site.page)).toEqual([]);
    await at('stop-sending').click();
    await site.page.getByText('0 of 7 files arrived').waitFor();
    await site.page.unroute('**/ward-7/images');
    await site.page.getByRole('button', { name: 'Send the rest' }).click();
    await site.page.getByText('7 files arrived').waitFor();
    await expect.poll(() => at('task').count()).toBe(3);
    await state('done');
    expect(await at('task-outcome').first().textContent()).toContain('6 files added');
    await at('task-failures').first().locator('summary').click();
    // The server does not know what it is called, but the page does.
    expect(await at('failures').first().textContent()).toContain('mine-cut.png');
    const { tasks } = await (await site.page.request.get(`${site.url}api/tasks`)).json();
    expect(JSON.stringify(tasks)).not.toContain('mine');
    await look('sent');
    expect(await violations(site.page)).toEqual([]);
  }, 120_000);

  it('drops a picture, which is in the collection already', async () => {
    await site.page.getByRole('button', { name: 'Send more files' }).click();
    const data = await site.page.evaluateHandle(
      ([bytes]) => {
        const all = new DataTransfer();
        all.items.add(new File([new Uint8Array(bytes as number[])], 'again.png'));
        return all;
      },
      [[...readFileSync(join(site.folder, 'own', 'mine-0.png'))]],
    );
    for (const type of ['dragenter', 'dragover', 'drop']) {
      await site.page.dispatchEvent('body', type, { dataTransfer: data });
    }
    await expect.poll(() => at('given').textContent()).toContain('1 file,');
    await at('collection').selectOption('ward-7');
    await at('send').click();
    await site.page.getByText('1 file arrived').waitFor();
    await expect.poll(() => at('task').count()).toBe(4);
    await state('done');
    expect(await at('task-outcome').first().textContent()).toContain('known already');
  }, 60_000);

  it('until it is searched in', async () => {
    await site.page.getByRole('link', { name: 'Search in' }).first().click();
    await at('browse-card').first().waitFor();
    expect(await at('collection-select').inputValue()).toBe('ward-7');
    await at('browse-card').first().locator('[data-card-link]').click();
    await at('result-card').first().waitFor();
    // Before he logged in he was nobody.
    expect(site.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  }, 60_000);

  it('and all of it by the keyboard alone', async () => {
    const { keyboard } = site.page;
    /** Goes on by Tab until something with this name, or in what this selects, has the focus. */
    const tabTo = async (wanted: RegExp | string) => {
      for (let steps = 0; steps < 80; steps++) {
        await keyboard.press('Tab');
        const [name, isIn] = await site.page.evaluate(
          (selector) => {
            const element = document.activeElement;
            const name = element?.ariaLabel ?? element?.textContent ?? '';
            return [name, selector !== null && element?.closest(selector) !== null] as const;
          },
          typeof wanted === 'string' ? wanted : null,
        );
        if (isIn || (wanted instanceof RegExp && wanted.test(name))) return;
      }
      throw new Error(`No ${wanted} can be reached by Tab.`);
    };
    await site.page.goto(site.url);
    await at('browse-card').first().waitFor();
    await tabTo(/Add images/);
    await keyboard.press('Enter');
    await at('folder-form').waitFor();
    await tabTo(/Open .*pictures$/);
    await keyboard.press('Enter');
    await site.page.getByRole('button', { name: 'Open ward 7' }).waitFor();
    await keyboard.press('End');
    await keyboard.press('Enter');
    await site.page.getByRole('button', { name: 'Open x-rays' }).waitFor();
    await tabTo(/Start indexing/);
    await keyboard.press('Enter');
    await expect.poll(() => at('task').count()).toBe(5);
    await state('done');
    expect(await task().textContent()).toContain('ward-7');
    // The focus has come along to the tasks.
    await tabTo(/Search in “ward-7”/);
    await keyboard.press('Enter');
    await at('browse-card').first().waitFor();
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await at('result-card').first().waitFor();
    await tabTo('[data-testid=result-card]');
    await keyboard.press('c');
    await at('compare').waitFor();
    await keyboard.press('Escape');
    await at('compare').waitFor({ state: 'detached' });
  }, 90_000);

  it('also when the session ends, or the server, while files are sent', async () => {
    await site.page.goto(`${site.url}?tasks=files`);
    const own = join(site.folder, 'more');
    mkdirSync(own);
    for (let i = 0; i < 6; i++) await writePicture(join(own, `${i}.png`), 200 + i, 200);
    await at('send-folder').setInputFiles(own);
    await at('collection').selectOption('ward-7');
    const failed = () => site.page.locator('[data-testid=sending][data-state=failed]').waitFor();
    await site.page.route('**/ward-7/images', (route) => route.abort());
    await at('send').click();
    await failed();
    expect(await at('failure').getAttribute('data-code')).toBe('UNREACHABLE');
    await site.page.unroute('**/ward-7/images');
    const headers = { origin: new URL(site.url).origin };
    await site.page.request.post(`${site.url}api/session/end`, { headers });
    await site.page.getByRole('button', { name: 'Send the rest' }).click();
    await expect
      .poll(() => at('failure').first().getAttribute('data-code'), { timeout: 10_000 })
      .toBe('LOGIN_REQUIRED');
    await site.page.getByRole('button', { name: 'Log in', exact: true }).waitFor();
    await look('session-ended');
    expect(await violations(site.page)).toEqual([]);
    await site.page.request.post(`${site.url}api/session`, {
      ...{ headers, multipart: { name: 'ben', password: PASSWORD } },
    });
    await site.page.getByRole('button', { name: 'Send the rest' }).click();
    await site.page.getByText('6 files arrived').waitFor();
    await expect.poll(() => at('task').count(), { timeout: 15_000 }).toBe(6);
    await state('done');
    expect(await at('task-outcome').first().textContent()).toContain('6 files added');
  }, 90_000);

  it('only by who may: others are told what they lack', async () => {
    const logIn = async (name: string) => {
      const form = { name, password: PASSWORD };
      const headers = { origin: new URL(site.url).origin };
      const answer = await site.page.request.post(`${site.url}api/session`, {
        ...{ headers, multipart: form },
      });
      expect(answer.status()).toBe(200);
    };
    await logIn('cleo');
    await site.page.goto(site.url);
    await at('browse-card').first().waitFor();
    expect(await site.page.getByRole('link', { name: 'Add images' }).count()).toBe(0);
    await site.page.goto(`${site.url}?tasks=add`);
    await site.page.getByText('Ask whoever runs this server for the role editor').waitFor();
    expect(await violations(site.page)).toEqual([]);
    await logIn('dora');
    await site.page.goto(`${site.url}?tasks=add`);
    await at('folder-form').waitFor();
    expect(await at('collection').locator('option').allTextContents()).toEqual(['ward-7']);
    expect(await site.page.getByRole('link', { name: 'An archive (PACS)' }).count()).toBe(0);
    await site.page.goto(`${site.url}?tasks=add-encoder`);
    await expect.poll(() => at('may-not').textContent()).toContain('the whole server');
    expect(await violations(site.page)).toEqual([]);
  }, 60_000);

  it('and the audit log has who did what, and no name of a folder or picture', async () => {
    const { stdout } = await run([...site.home, '--json', 'audit', 'show', '--last', '10000']);
    const { entries } = JSON.parse(stdout) as { entries: AuditEntry[] };
    const told = new Set(
      entries.map(({ actor, operation, outcome }) => `${actor.name} ${operation} ${outcome}`),
    );
    for (const each of [
      ...['anna addUser done', 'ben logIn done', 'ben beginTask done', 'ben addImages done'],
      ...['ben search done', 'dora logIn done', 'cleo logIn done'],
    ]) {
      expect(told).toContain(each);
    }
    // What was begun has ended, and is told as whose it was.
    expect(told).toContain('ben task:index done');
    expect(stdout).not.toMatch(/x-rays|letter|cut\.png|\d\.png/);
  }, 60_000);
});

describe.skipIf(!hasBrowser)('a collection is looked after', () => {
  const site = servedSite(async (prepared) => {
    const serve = await smallCollection(prepared);
    const encoders = join(prepared.home[1] as string, 'encoders');
    mkdirSync(encoders, { recursive: true });
    writePatchEncoder(encoders, 'patches', {
      resize: { mode: 'exact', width: SIZE, height: SIZE },
    });
    return serve;
  });
  const { at, look, task, state } = toolsOf(site);
  const begun = async (number: number) => {
    await expect.poll(() => at('task').count()).toBe(number);
    await state('done');
  };

  it.each([
    ...['remove', 'prune', 'encode', 'default', 'calibrate', 'adapt', 'export'],
    ...[
      'add-encoder',
      'benchmark',
      'copy-collection',
      'rename-collection',
      'delete-collection',
      'map',
    ],
  ])(
    'has a form for %s',
    async (job) => {
      await site.page.goto(`${site.url}?tasks=${job}`);
      await at('more-form').waitFor();
      await look(`job-${job}`);
      expect(await violations(site.page)).toEqual([]);
    },
    30_000,
  );

  it('by a filter that is taken along, with the number of images before they go', async () => {
    await site.page.goto(`${site.url}?where=modality:CT`);
    await at('browse-card').first().waitFor();
    await site.page.getByRole('link', { name: 'More tasks with these images' }).click();
    expect(await at('where').inputValue()).toBe('modality:CT');
    await at('begin').click();
    await at('confirm').waitFor();
    await look('confirm');
    expect(await violations(site.page)).toEqual([]);
    await at('confirm').getByRole('button', { name: 'Cancel' }).click();
    expect(await at('task').count()).toBe(0);
    await at('begin').click();
    await at('confirm').getByRole('button', { name: 'Remove 12 images of small' }).click();
    await begun(1);
    expect(await at('task-outcome').textContent()).toBe('12 images removed.');
    // They are gone, and it is not asked about none.
    await at('preview-button').click();
    await expect.poll(() => at('preview-images').textContent()).toBe('0');
    await at('begin').click();
    expect(await at('confirm').count()).toBe(0);
    await at('where').fill('modality:');
    await at('preview-button').click();
    await expect.poll(() => at('failure').getAttribute('data-code')).toBe('QUERY_INVALID');
  }, 90_000);

  it('is encoded with another encoder, which then answers, and back', async () => {
    await at('job').selectOption('encode');
    await at('use').check();
    await at('shared').check();
    await expect.poll(() => at('more-form').textContent()).toContain('semblance worker --server');
    expect(await violations(site.page)).toEqual([]);
    await at('shared').uncheck();
    await at('preview-button').click();
    await expect.poll(() => at('preview-images').textContent()).toBe('24');
    await at('begin').click();
    await begun(2);
    expect(await at('task-encoder').first().textContent()).toContain('It answers searches');
    // Nobody changes it back by a second click.
    expect(await at('use').isChecked()).toBe(false);
    await look('encoded');
    const answers = async () => {
      const { collections } = await (await fetch(`${site.url}api/collections`)).json();
      return collections[0].encoders.find((each: { isDefault: boolean }) => each.isDefault).name;
    };
    expect(await answers()).toBe('patches');
    await at('job').selectOption('default');
    await expect.poll(() => at('seen').textContent()).toContain('has seen 24 of 24 images');
    await at('begin').click();
    await begun(3);
    expect(await answers()).toBe('baseline');
  }, 90_000);

  it('is calibrated, or told why not, and exported into a file', async () => {
    await at('job').selectOption('calibrate');
    await at('begin').click();
    await expect.poll(() => at('task').count()).toBe(4);
    await expect.poll(() => task().getAttribute('data-state')).toMatch(/done|failed/);
    await look('calibrated');
    expect(await violations(site.page)).toEqual([]);
    await at('job').selectOption('export');
    // The filter of before finds none of them any more.
    await at('whole').fill('');
    await at('begin').click();
    await begun(5);
    const [download] = await Promise.all([
      site.page.waitForEvent('download'),
      task().getByTestId('task-file').first().click(),
    ]);
    const table = Buffer.concat(await (await download.createReadStream()).toArray()).toString();
    expect(table.trim().split('\n')).toHaveLength(25);
  }, 90_000);

  it('is copied, and the copy deleted once its name is written once more', async () => {
    await at('job').selectOption('copy-collection');
    await at('to').fill('small-2');
    await at('preview-button').click();
    await expect.poll(() => at('preview-images').textContent()).toBe('24');
    await at('begin').click();
    await begun(6);
    expect(await at('task-outcome').first().textContent()).toBe('“small-2” has 24 images.');
    await at('job').selectOption('delete-collection');
    await expect.poll(() => at('collection').textContent()).toContain('small-2');
    await at('collection').selectOption('small-2');
    await at('begin').click();
    await at('confirm').waitFor();
    await look('confirm-deletion');
    expect(await violations(site.page)).toEqual([]);
    expect(await at('confirm-yes').isDisabled()).toBe(true);
    await at('confirm-name').fill('small-2');
    await at('confirm-yes').click();
    await begun(7);
    expect(await at('task-outcome').first().textContent()).toBe('Deleted, with 24 images.');
    await expect.poll(() => at('collection').textContent()).not.toContain('small-2');
  }, 90_000);
});
