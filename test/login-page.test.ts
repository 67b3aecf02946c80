import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT, startProvider } from '../src/testing/openid-provider.ts';
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
      await form.getByRole('button', { name: 'Log in' }).click();
    };
    // Whoever types may look at it.
    await page.getByLabel('Password').fill('what I type');
    const kind = () => page.getByLabel('Password').getAttribute('type');
    expect(await kind()).toBe('password');
    await form.getByRole('button', { name: 'Show' }).click();
    expect(await kind()).toBe('text');
    await form.getByRole('button', { name: 'Show' }).click();
    expect(await kind()).toBe('password');
    await tryPassword('wrong');
    await page.locator('[data-code=LOGIN_REFUSED]').waitFor();
    await tryPassword('four words beside nothing');
    await page.getByText('No collection yet').waitFor();
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.getByRole('button', { name: 'Log out' }).click();
    await form.waitFor();
  }, 60_000);
});

describe.skipIf(!hasBrowser)('the page of a server with an OpenID Connect provider', () => {
  const temporary = temporaryFolder();
  let theirs: Awaited<ReturnType<typeof startProvider>>;
  let server: Awaited<ReturnType<typeof startServing>>;
  let opened: Awaited<ReturnType<typeof openPage>>;
  beforeAll(async () => {
    // The provider knows the address of the page, so that has to be known before.
    const port = await freePort();
    theirs = await startProvider([`http://127.0.0.1:${port}/`]);
    theirs.users.set('anna', { preferred_username: 'anna', groups: ['readers'] });
    const secret = join(temporary.path, 'secret');
    writeFileSync(secret, `${CLIENT.secret}\n`);
    const of = ['--oidc-issuer', theirs.issuer, '--oidc-client', CLIENT.client];
    const as = ['--oidc-secret-file', secret, '--oidc-name', 'the hospital'];
    const home = ['--home', join(temporary.path, 'data')];
    const args = ['serve', ...home, ...of, ...as, '--oidc-role', 'readers=viewer'];
    server = await startServing(args, String(port));
    opened = await openPage(server.url);
  }, 60_000);
  afterAll(async () => {
    await opened?.browser.close();
    await server?.stop();
    await theirs?.close();
    temporary.remove();
  });

  it('goes there and comes back to where it was, and logs out there, too', async () => {
    const { page } = opened;
    const start = async () => {
      await page.goto(`${server.url}?collection=chest`);
      await page.getByRole('button', { name: 'Sign in with the hospital' }).click();
    };
    await start();
    await page.getByPlaceholder('Enter any login').waitFor();
    // Who changes his mind there is told so here.
    await page.getByText('[ Cancel ]').click();
    await page.locator('[data-code=OPENID_REFUSED]').waitFor();
    expect(new URL(page.url()).search).toBe('?collection=chest');
    expect(await violations(page)).toEqual([]);
    await start();
    await page.getByPlaceholder('Enter any login').fill('anna');
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('No collection yet').waitFor();
    expect(page.url()).not.toMatch(/code=|state=/);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.getByTestId('login').waitFor();
    await start();
    await page.getByPlaceholder('Enter any login').waitFor();
  }, 60_000);

  it('says so when the provider is not there', async () => {
    const { page } = opened;
    await theirs.close();
    await server.stop();
    const args = ['serve', '--home', join(temporary.path, 'data')];
    const of = ['--oidc-issuer', theirs.issuer, '--oidc-client', CLIENT.client];
    // Others may reach it without a user or key: the provider says who asks.
    server = await startServing([...args, ...of, '--oidc-role', '*=viewer', '--host', '0.0.0.0']);
    const { port } = new URL(server.url);
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.getByRole('button', { name: 'Sign in with 127.0.0.1' }).click();
    await page.locator('[data-code=OPENID_UNAVAILABLE]').waitFor();
    await theirs.open();
  }, 60_000);
});

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
