import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { hasBrowser, openPage } from './browser.ts';
import { MAIN, startServing, temporaryFolder } from './program.ts';

describe.skipIf(!hasBrowser)('the page of a server with users', () => {
  const temporary = temporaryFolder();
  const home = ['--home', temporary.path];
  let server: Awaited<ReturnType<typeof startServing>>;
  let opened: Awaited<ReturnType<typeof openPage>>;
  beforeAll(async () => {
    const args = [MAIN, 'users', 'add', 'anna', ...home];
    const added = spawnSync(process.execPath, args, { input: 'four words beside nothing' });
    expect(added.status).toBe(0);
    server = await startServing(['serve', ...home]);
    opened = await openPage(server.url);
  }, 60_000);
  afterAll(async () => {
    await opened?.browser.close();
    await server?.stop();
    temporary.remove();
  });

  it('asks who it is, says what was wrong, lets in and out', async () => {
    const { page } = opened;
    await page.goto(server.url);
    const form = page.getByTestId('login');
    await form.waitFor();
    expect(await violations(page)).toEqual([]);
    const tryPassword = async (password: string) => {
      await page.getByLabel('User').fill('anna');
      await page.getByLabel('Password').fill(password);
      await form.getByRole('button').click();
    };
    await tryPassword('wrong');
    await page.locator('[data-code=LOGIN_REFUSED]').waitFor();
    await tryPassword('four words beside nothing');
    await page.getByText('No collection yet').waitFor();
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.getByRole('button', { name: 'Log out' }).click();
    await form.waitFor();
  }, 60_000);
});
