import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';

/** What this provider calls the server, and what that shows to it. */
export const CLIENT = { client: 'semblance', secret: 'a secret between the two of them' };

/** A provider of OpenID Connect that runs on this machine. */
export interface TestProvider {
  issuer: string;
  /** What it says of its users, by their name; who is not there cannot log in. */
  users: Map<string, Record<string, unknown>>;
  /** Changes what it signs before it is sent. */
  forge: ((idToken: string) => Promise<string>) | undefined;
  /** Keys that it shows in place of its own. */
  keys: object | undefined;
  /** Takes back all that was granted. @returns how many grants */
  endGrants(): Promise<number>;
  /** How often it was asked for tokens, and for what it knows of a user. */
  asked: { token: number; userinfo: number };
  provider: Provider;
  /** Takes no more connections; `open` does again, at the same address. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/**
 * Starts the certified provider `oidc-provider` with its pages of login and consent, where any password will do.
 * @param redirects addresses to which it sends browsers back
 * @param inToken claims that are in the ID token, too
 */
export async function startProvider(
  redirects: readonly string[],
  { inToken = false, lifetime = 3600 }: { inToken?: boolean; lifetime?: number } = {},
): Promise<TestProvider> {
  let server: Server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const users: TestProvider['users'] = new Map();
  const provider = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: CLIENT.client, client_secret: CLIENT.secret },
        redirect_uris: [...redirects],
        post_logout_redirect_uris: [...redirects],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups', 'realm_access'] },
    conformIdTokenClaims: !inToken,
    ttl: { AccessToken: lifetime, IdToken: 3600, Session: 3600, Grant: 3600, Interaction: 600 },
    // As a provider does that tells whoever knows a refresh token of changes.
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_, sub) => {
      const claims = users.get(sub);
      return claims && { accountId: sub, claims: () => ({ sub, ...claims }) };
    },
    cookies: { keys: ['of this test alone'] },
    pkce: { required: () => true },
    features: { rpInitiatedLogout: { enabled: true } },
  });
  const told: TestProvider = {
    ...{
      issuer,
      users,
      provider,
      forge: undefined,
      keys: undefined,
      asked: { token: 0, userinfo: 0 },
    },
    async endGrants() {
      for (const id of grants) await provider.RefreshToken.revokeByGrantId(id);
      for (const id of grants) await provider.AccessToken.revokeByGrantId(id);
      return grants.size;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
    async open() {
      server = createServer(provider.callback());
      await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    },
  };
  const grants = new Set<string>();
  provider.on('grant.success', ({ oidc }) => {
    const id = oidc.entities.Grant?.jti;
    if (id !== undefined) grants.add(id);
  });
  provider.use(async (context: KoaContextWithOIDC, next) => {
    await next();
    if (context.path === '/me') told.asked.userinfo += 1;
    if (context.path === '/jwks' && told.keys) context.body = told.keys;
    if (context.path !== '/token') return;
    told.asked.token += 1;
    const body = context.body as { id_token?: string };
    if (told.forge && body.id_token) {
      context.body = { ...body, id_token: await told.forge(body.id_token) };
    }
  });
  server.on('request', provider.callback());
  return told;
}

/**
 * Goes through the pages of the provider as a browser does, and logs in there.
 * @param cookies of the browser at the provider; whoever is logged in already is asked nothing
 * @returns the address that it sends back to
 */
export async function logInThere(
  url: string,
  user: string,
  cookies = new Map<string, string>(),
): Promise<URL> {
  const { origin } = new URL(url);
  let at = new URL(url);
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 20; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, {
      ...{ redirect: 'manual', headers: { cookie } },
      ...(form && { method: 'POST', body: form }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    form = undefined;
    const to = answer.headers.get('location');
    if (to !== null) {
      at = new URL(to, at);
      if (at.origin !== origin) return at;
      continue;
    }
    const page = await answer.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (prompt === undefined || action === undefined) {
      throw new Error(`The provider shows ${answer.status}: ${page.slice(0, 300)}`);
    }
    form = new URLSearchParams({ prompt, login: user, password: 'any' });
    at = new URL(action, at);
  }
  throw new Error('The provider goes round in a circle.');
}
