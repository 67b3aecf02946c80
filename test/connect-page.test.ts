import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasOrthanc, type Orthanc, startOrthanc } from '../src/testing/orthanc.ts';
import { slice } from '../src/testing/slices.ts';
import { violations } from './axe.ts';
import { hasBrowser } from './browser.ts';
import { OUTPUT, servedSite } from './site.ts';

const STUDIES = 8;
const SLICES = 40;
const ALL = STUDIES * SLICES;

describe.skipIf(!hasBrowser || !hasOrthanc())('an archive is connected by form', () => {
  const site = servedSite(() => 'serve');
  let orthanc: Orthanc;

  beforeAll(async () => {
    orthanc = await startOrthanc();
    for (let study = 1; study <= STUDIES; study++) {
      for (let number = 1; number <= SLICES; number++) await orthanc.upload(slice(study, number));
    }
    // One that is refused.
    await orthanc.upload(slice(STUDIES, SLICES + 1, { others: [['Rows', 99]] }));
  }, 120_000);
  afterAll(() => orthanc?.remove());

  const at = (testId: string) => site.page.getByTestId(testId);
  const look = async (name: string) => {
    await site.page.evaluate(() => scrollTo(0, 0));
    await site.page.screenshot({ path: join(OUTPUT, `connect-${name}.png`), fullPage: true });
  };
  const task = (number = 0) => at('task').nth(number);
  const state = (wanted: string, number = 0) =>
    expect.poll(() => task(number).getAttribute('data-state'), { timeout: 60_000 }).toBe(wanted);
  /** Signs in. */
  const sign = async (password: string) => {
    await at('sign-in-password').first().check({ force: true });
    await at('user').first().fill(orthanc.user);
    await at('password').first().fill(password);
  };
  const failure = async (code: string) => {
    await expect.poll(() => at('failure').first().getAttribute('data-code')).toBe(code);
  };

  it('by somebody who has no collection yet, and is told what is wrong', async () => {
    await site.page.goto(site.url);
    await site.page.getByRole('link', { name: 'An archive (PACS)' }).click();
    await at('address').fill('http://127.0.0.1:1/dicom-web');
    await at('test').click();
    await failure('PACS_NOT_LISTENING');
    await at('address').fill(orthanc.url);
    await expect.poll(() => at('failure').count()).toBe(0);
    await at('test').click();
    await failure('PACS_REFUSED');
    await look('refused');
    expect(await violations(site.page)).toEqual([]);
    await sign('wrong');
    await at('test').click();
    await failure('PACS_REFUSED');
    await at('address').fill(orthanc.url.replace('/dicom-web', '/app/explorer.html'));
    await sign(orthanc.password);
    await at('test').click();
    await failure('PACS_ANSWER_INVALID');
    await at('address').fill(orthanc.url);
    await at('test').click();
    await at('connected').waitFor();
  }, 60_000);

  it('who sees what would be indexed', async () => {
    await at('modality').selectOption('CT');
    await at('from').fill('2021-01-31');
    await at('to').fill('2022-12-31');
    await at('preview-button').click();
    await at('preview').waitFor();
    expect(await at('preview-studies').textContent()).toBe('2');
    expect(await at('preview-images').textContent()).toBe(String(2 * SLICES));
    expect(await at('preview-known').textContent()).toBe('0');
    await at('preview').locator('summary').click();
    expect(await at('preview').textContent()).not.toMatch(/PLANTED|1\.2\.777/);
    await look('preview');
    expect(await violations(site.page)).toEqual([]);
    await site.page.setViewportSize({ width: 390, height: 844 });
    await look('preview-phone');
    expect(await violations(site.page)).toEqual([]);
    const wider = await site.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBe(0);
    await site.page.setViewportSize({ width: 1440, height: 900 });
    // What was counted is not what another choice would be.
    await at('from').fill('');
    expect(await at('preview').count()).toBe(0);
    await at('to').fill('');
  }, 60_000);

  it('and starts, cancels, and goes on', async () => {
    await at('collection-name').fill('pacs');
    await at('begin').click();
    await at('task-studies').waitFor({ timeout: 60_000 });
    await look('running');
    await at('cancel').click();
    await state('cancelled');
    await at('resume').click();
    // In memory the server still has what lets it in.
    await site.page.getByRole('button', { name: 'Go on', exact: true }).click();
    await at('task-studies').waitFor({ timeout: 60_000 });
  }, 120_000);

  it('also after the server was killed in the middle', async () => {
    await site.kill();
    await site.startAgain();
    await state('interrupted');
    await look('interrupted');
    expect(await violations(site.page)).toEqual([]);
    await at('resume').click();
    const form = task().locator('form');
    await form.getByTestId('sign-in-password').check({ force: true });
    await form.getByTestId('user').fill(orthanc.user);
    await form.getByTestId('password').fill(orthanc.password);
    await look('resume');
    await form.getByRole('button', { name: 'Go on', exact: true }).click();
    await state('done');
    await at('task-failures').locator('summary').click();
    await look('done');
    expect(await violations(site.page)).toEqual([]);
    const { tasks } = await (await fetch(`${site.url}api/tasks`)).json();
    const { total, added, unchanged, failed, failures } = tasks[0].result;
    expect({ total, failed, known: added + unchanged }).toEqual({
      ...{ total: ALL + 1, failed: 1, known: ALL },
    });
    expect(JSON.stringify(failures)).not.toMatch(/PLANTED|1\.2\.777/);
  }, 180_000);

  it('until it is searched in', async () => {
    await site.page.getByRole('link', { name: 'Search in' }).click();
    await at('browse-card').first().waitFor();
    expect(await at('collection-select').inputValue()).toBe('pacs');
    await at('browse-card').first().locator('[data-card-link]').click();
    await at('result-card').first().waitFor();
    await expect
      .poll(() =>
        site.page
          .locator('[data-testid=result-card] img')
          .evaluateAll(
            (all) => all.filter((each) => (each as HTMLImageElement).naturalWidth > 0).length,
          ),
      )
      .toBeGreaterThan(3);
    expect(await site.page.getByRole('status').first().textContent()).not.toContain('PLANTED');
    await sleep(0);
    const own = site.complaints.filter((text) => !text.startsWith('Failed to load'));
    expect(own).toEqual([]);
  }, 60_000);
});
