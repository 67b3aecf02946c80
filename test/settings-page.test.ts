import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { hasBrowser } from './browser.ts';
import { run } from './program.ts';
import { OUTPUT, servedSite, smallCollection } from './site.ts';

const PASSWORD = 'four words beside nothing';
const OTHER = 'other words beside them';

describe.skipIf(!hasBrowser)('a day with users', () => {
  const site = servedSite(smallCollection);
  const pages: Page[] = [];
  afterAll(async () => {
    for (const page of pages) await page.context().close();
  });
  const at = (testId: string, page = site.page) => page.getByTestId(testId);
  const look = async (name: string, page = site.page) => {
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(OUTPUT, `settings-${name}.png`), fullPage: true });
  };
  const open = async (setting: string, page = site.page) => {
    await page.goto(`${site.url}?settings=${setting}`);
    await at('settings', page).waitFor();
  };
  const logIn = async (name: string, password: string, page = site.page) => {
    await at('login', page).waitFor();
    await page.getByLabel('User').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  };
  /** Somebody else, at another machine. */
  const somebody = async () => {
    const context = await site.page.context().browser()?.newContext();
    const page = (await context?.newPage()) as Page;
    pages.push(page);
    await page.goto(site.url);
    return page;
  };
  const card = (testId: string, name: string, page = site.page) =>
    page.locator(`[data-testid="${testId}"][data-name="${name}"]`);
  const add = async (name: string, password: string, role: string, where = '*') => {
    await at('user-name').fill(name);
    await at('add-user').getByTestId('new-password').fill(password);
    await at('add-user').getByTestId('role').selectOption(role);
    await at('add-user').getByTestId('where').selectOption(where);
    await at('add-user-button').click();
  };
  const failure = (code: string, page = site.page) =>
    expect.poll(() => page.getByTestId('failure').first().getAttribute('data-code')).toBe(code);
  const status = async (page: Page, path: string, method = 'GET') =>
    page.evaluate(
      async ([path, method]) => (await fetch(path as string, { method: method as string })).status,
      [path, method],
    );

  it('begins with an admin, who has to log in from then on', async () => {
    await site.page.goto(site.url);
    await site.page.getByRole('link', { name: 'Settings' }).click();
    await at('user-name').fill('anna');
    await at('new-password').fill('semblance 123');
    await at('add-user-button').click();
    await failure('PASSWORD_REFUSED');
    await look('first');
    expect(await violations(site.page)).toEqual([]);
    await at('new-password').fill(PASSWORD);
    await at('add-user-button').click();
    await logIn('anna', PASSWORD);
    await card('user', 'anna').waitFor();
    expect(await card('user', 'anna').textContent()).toContain('admin of every collection');
  }, 90_000);

  it('who lets others in, with the keyboard too', async () => {
    await add('ben', PASSWORD, 'editor');
    await card('user', 'ben').waitFor();
    await add('ben', PASSWORD, 'viewer');
    await failure('USER_EXISTS');
    // By keys alone: name, password, whether to show it, role, where, and Enter.
    await at('user-name').fill('');
    await at('user-name').focus();
    await site.page.keyboard.type('cleo');
    await site.page.keyboard.press('Tab');
    await site.page.keyboard.type(PASSWORD);
    for (let i = 0; i < 3; i++) await site.page.keyboard.press('Tab');
    await site.page.keyboard.type('small');
    await site.page.keyboard.press('Tab');
    await site.page.keyboard.press('Enter');
    await card('user', 'cleo').waitFor();
    expect(await card('user', 'cleo').textContent()).toContain('viewer of small');
    await look('users');
    expect(await violations(site.page)).toEqual([]);
    await site.page.setViewportSize({ width: 390, height: 844 });
    await look('users-phone');
    expect(await violations(site.page)).toEqual([]);
    const wider = await site.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBe(0);
    await site.page.setViewportSize({ width: 1440, height: 900 });
    await card('user', 'cleo').getByRole('button', { name: 'Sessions' }).click();
    await expect.poll(() => card('user', 'cleo').textContent()).toContain('Logged in nowhere.');
    await open('sessions');
    await expect.poll(() => at('session').count()).toBe(1);
    expect(await at('session').textContent()).toMatch(/^Chrom.* on Linux.*this one/);
    expect(await at('session').getByRole('button').isDisabled()).toBe(true);
    await at('session-password').fill('wrong');
    await at('session').getByRole('button', { name: 'End it' }).click();
    await failure('LOGIN_REFUSED');
    await look('sessions');
    expect(await violations(site.page)).toEqual([]);
    await open('users');
    // Nobody locks himself and all others out.
    await card('user', 'anna').getByRole('button', { name: 'Remove' }).click();
    await look('remove');
    expect(await violations(site.page)).toEqual([]);
    await at('confirm-yes').click();
    await failure('LAST_ADMIN');
    await site.page.keyboard.press('Escape');
    await at('confirm').waitFor({ state: 'detached' });
  }, 90_000);

  it('makes a key, which is shown once', async () => {
    await open('keys');
    await at('key-name').fill('ohif');
    await at('add-key-button').click();
    const secret = await at('secret').inputValue();
    await look('key');
    expect(await violations(site.page)).toEqual([]);
    const ask = () =>
      fetch(`${site.url}api/collections`, { headers: { Authorization: `Bearer ${secret}` } });
    expect((await ask()).status).toBe(200);
    await at('new-key').getByRole('button', { name: 'Done' }).click();
    await open('keys');
    await at('key').waitFor();
    expect(await site.page.content()).not.toContain(secret);
    await at('key').getByRole('button', { name: 'Revoke' }).click();
    await at('confirm-yes').click();
    await at('key').waitFor({ state: 'detached' });
    expect((await ask()).status).toBe(401);
  }, 60_000);

  it('goes on with an editor, who makes a collection and has images added', async () => {
    const ben = await somebody();
    await logIn('ben', PASSWORD, ben);
    await at('collection-select', ben).waitFor();
    await open('collections', ben);
    expect(await ben.getByRole('link', { name: 'Users', exact: true }).count()).toBe(0);
    expect(await ben.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await at('collection-new-name', ben).fill('small');
    await at('create-button', ben).click();
    await failure('COLLECTION_EXISTS', ben);
    await at('collection-new-name', ben).fill('ward');
    await at('create-button', ben).click();
    await card('collection-card', 'ward', ben).waitFor();
    expect(
      (await run([...site.home, 'index', join(site.folder, 'images'), '-c', 'ward'])).code,
    ).toBe(0);
    await open('encoders', ben);
    const ward = ben.locator('[data-testid="encoders-of"][data-name="ward"]');
    expect(await ward.getByTestId('missing').textContent()).toBe('0');
    expect(await ward.textContent()).toContain('36');
    await look('encoders', ben);
    expect(await violations(ben)).toEqual([]);
    await open('users', ben);
    await ben.getByText('You may not change this').waitFor();
    expect(await status(ben, 'api/users')).toBe(403);
  }, 90_000);

  it('shows a viewer his collection, where he changes nothing but his password', async () => {
    const cleo = await somebody();
    await logIn('cleo', PASSWORD, cleo);
    await at('collection-select', cleo).waitFor();
    const choices = await at('collection-select', cleo).locator('option').allTextContents();
    expect(choices.map((each) => each.split(' ')[0])).toEqual(['small']);
    await at('browse-card', cleo).first().waitFor();
    expect(await status(cleo, 'api/collections/small/images')).toBe(200);
    expect(await status(cleo, 'api/collections/ward/images')).toBe(403);
    expect(await status(cleo, 'api/collections/small?confirm=small', 'DELETE')).toBe(403);
    await cleo.getByRole('link', { name: 'Settings' }).click();
    await at('old-password', cleo).fill('wrong words');
    await at('new-password', cleo).fill(OTHER);
    await at('change-password', cleo).click();
    await failure('LOGIN_REFUSED', cleo);
    await look('password', cleo);
    expect(await violations(cleo)).toEqual([]);
    await at('old-password', cleo).fill(PASSWORD);
    await at('change-password', cleo).click();
    await logIn('cleo', OTHER, cleo);
    await at('settings', cleo).waitFor();
    // The role is taken away while he looks.
    await open('users');
    await card('user', 'cleo').getByRole('button', { name: 'Change role' }).click();
    await card('user', 'cleo').getByTestId('role').selectOption('none');
    await card('user', 'cleo').getByTestId('where').selectOption('small');
    await card('user', 'cleo').getByRole('button', { name: 'Give this role' }).click();
    await expect.poll(() => card('user', 'cleo').textContent()).toContain('no role');
    expect(await status(cleo, 'api/collections/small/images')).toBe(403);
  }, 90_000);

  it('gives strangers nothing, and ends with what the admin clears away', async () => {
    const stranger = await somebody();
    await at('login', stranger).waitFor();
    for (const path of [
      'api/collections',
      'api/users',
      'api/keys',
      'api/collections/small/images',
    ]) {
      expect(await status(stranger, path)).toBe(401);
    }
    await open('collections');
    const ward = () => card('collection-card', 'ward');
    await ward().getByRole('button', { name: 'Copy' }).click();
    await ward().getByTestId('to').fill('ward-2');
    await ward().getByRole('button', { name: 'Copy it' }).click();
    await card('collection-card', 'ward-2').waitFor();
    await ward().getByRole('button', { name: 'Rename' }).click();
    await ward().getByTestId('to').fill('clinic');
    await look('collections');
    expect(await violations(site.page)).toEqual([]);
    await ward().getByRole('button', { name: 'Rename it' }).click();
    await card('collection-card', 'clinic').waitFor();
    expect(await ward().count()).toBe(0);
    await card('collection-card', 'clinic').getByRole('button', { name: 'Delete' }).click();
    expect(await at('confirm-yes').isDisabled()).toBe(true);
    await at('confirm-name').fill('clinic');
    await look('delete');
    expect(await violations(site.page)).toEqual([]);
    await at('confirm-yes').click();
    await card('collection-card', 'clinic').waitFor({ state: 'detached' });
    // What is left can be searched as before.
    await site.page.goto(`${site.url}?collection=ward-2`);
    await at('browse-card').first().waitFor();
  }, 90_000);
});
