import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataDirectory } from '../../store/data-directory.ts';
import { startHub, startProxy } from '../../testing/hub.ts';
import { writeShards } from '../../testing/shards.ts';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { Hub } from './hub.ts';
import { installModel } from './install.ts';
import { checkpointFolder, removeModel } from './installed.ts';
import { pulledBefore, pullModel } from './pull.ts';
import { findTemplate, type ModelTemplate } from './template.ts';

const CHECKPOINT = 'goldens/encoders/vit/checkpoint/';
const WEIGHTS = 'model.safetensors';
const TOKEN = 'hf_verySecret';
const COMMIT = 'c0ffee'.padEnd(40, '0');

/** A model of the size of the golden, in a repository of the test's hub. */
function tiny(change: object = {}): ModelTemplate {
  const model = findTemplate('vit-base-in21k');
  return {
    ...model,
    name: 'tiny',
    hub: { repository: 'owner/tiny', revision: 'main', gated: false, sha256: {}, ...change },
    preprocess: { ...model.preprocess, resize: { mode: 'exact', width: 64, height: 64 } },
    dimension: 48,
  };
}

describe.skipIf(!hasShared(`${CHECKPOINT}config.json`))('pulling a model', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'semblance-pull-'));
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));
  const golden = (file: string) => readFileSync(sharedPath(CHECKPOINT + file));
  let servers: Awaited<ReturnType<typeof startHub>>;
  let home: DataDirectory;
  let folder: string;
  let count = 0;

  beforeEach(async () => {
    servers = await startHub(COMMIT);
    for (const file of ['config.json', WEIGHTS]) servers.behaviour.files.set(file, golden(file));
    home = new DataDirectory(join(temporary, String(count++)));
    folder = checkpointFolder(home, 'owner--tiny');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await servers.stop();
  });

  async function pull(template = tiny(), options: { endpoint?: string; token?: string } = {}) {
    const hub = new Hub({ endpoint: servers.hub.url, ...options });
    try {
      return await pullModel(home, template, hub);
    } finally {
      await hub.close();
    }
  }
  /** The error of a pull, which must not come to its end. */
  const failure = async (...args: Parameters<typeof pull>) =>
    pull(...args).then(
      () => expect.unreachable('it was pulled'),
      (error) => error,
    );

  it('fetches and checks what is not here, and nothing twice', async () => {
    const first = await pull();
    expect(first).toMatchObject({ weights: join(folder, WEIGHTS), revision: COMMIT });
    expect(first.files).toMatchObject([
      { file: 'config.json', fetched: true, checksum: 'sha1' },
      { file: WEIGHTS, fetched: true, checksum: 'sha256' },
    ]);
    expect(readFileSync(first.weights).equals(golden(WEIGHTS))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['config.json', WEIGHTS]);
    // Whatever the branch becomes meanwhile, all files are of the commit of the first.
    expect(servers.hub.seen.map(({ path }) => path)).toEqual([
      '/owner/tiny/resolve/main/config.json',
      `/owner/tiny/resolve/${COMMIT}/${WEIGHTS}`,
    ]);
    expect((await pull()).files.map(({ fetched }) => fetched)).toEqual([false, false]);

    const damaged = golden(WEIGHTS);
    damaged.fill(0xff, damaged.length - 4);
    writeFileSync(first.weights, damaged);
    expect((await pull()).files.map(({ fetched }) => fetched)).toEqual([false, true]);
    expect(readFileSync(first.weights).equals(golden(WEIGHTS))).toBe(true);
  });

  it('gives the token to the hub and not to where the hub redirects', async () => {
    await pull(tiny(), { token: TOKEN });
    expect(new Set(servers.hub.seen.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    );
    expect(servers.storage.seen).toHaveLength(1);
    expect(servers.storage.seen[0]?.authorization).toBeUndefined();
  });

  it('goes on where the connection was cut', async () => {
    servers.behaviour.cuts = [100_000, 50_000];
    const { weights } = await pull();
    expect(readFileSync(weights).equals(golden(WEIGHTS))).toBe(true);
    const [, second, third] = servers.storage.seen;
    expect(second?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(third?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(third?.ifRange).toMatch(/^"storage-/);
  });

  it('goes on in a later run, but not with bytes of another file', async () => {
    const { behaviour, storage } = servers;
    const stop = async () => {
      behaviour.cuts = [100_000];
      const running = failure();
      await vi.waitUntil(() => storage.seen.length > 0);
      behaviour.storageStatus = 503;
      expect(await running).toMatchObject({
        code: 'HUB_UNREACHABLE',
        subject: expect.stringContaining(WEIGHTS),
      });
      behaviour.storageStatus = undefined;
      expect(readdirSync(folder)).toContain(`${WEIGHTS}.part`);
      storage.seen.length = 0;
    };
    await stop();
    await pull();
    expect(storage.seen[0]?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(readFileSync(join(folder, WEIGHTS)).equals(golden(WEIGHTS))).toBe(true);

    rmSync(join(folder, WEIGHTS));
    storage.seen.length = 0;
    await stop();
    const other = Buffer.concat([golden(WEIGHTS), Buffer.from('more')]);
    behaviour.files.set(WEIGHTS, other);
    const { weights } = await pull();
    expect(storage.seen[0]?.range).toMatch(/^bytes=/);
    expect(readFileSync(weights).equals(other)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['config.json', WEIGHTS]);
  });

  it('keeps no file that is not the promised one', async () => {
    servers.behaviour.promise = '0'.repeat(64);
    expect(await failure()).toMatchObject({
      code: 'HUB_CHECKSUM',
      subject: expect.stringContaining(WEIGHTS),
    });
    expect(readdirSync(folder)).toEqual(['config.json']);
    servers.behaviour.promise = undefined;
    // The template's word counts more than the hub's.
    const error = await failure(tiny({ sha256: { [WEIGHTS]: '1'.repeat(64) } }));
    expect(error).toMatchObject({ code: 'HUB_CHECKSUM' });
  });

  it.each([
    [401, undefined, /https?:.*owner\/tiny.*HF_TOKEN/],
    [403, undefined, /owner\/tiny.*--token-file/],
    [401, TOKEN, /does not accept the token/],
    [403, TOKEN, /no access yet.*owner\/tiny/],
  ])('explains a gated model: %i with the token %s', async (status, token, text) => {
    servers.behaviour.refuse = { status, headers: { 'x-error-code': 'GatedRepo' } };
    const error = await failure(tiny(), token === undefined ? {} : { token });
    expect(error).toMatchObject({ code: 'HUB_FORBIDDEN', message: expect.stringMatching(text) });
    expect(JSON.stringify([error.message, error.subject, error.stack])).not.toContain(TOKEN);
    expect(servers.hub.seen).toHaveLength(1);
  });

  it('says what a hub does not have', async () => {
    servers.behaviour.files.delete(WEIGHTS);
    const error = await failure();
    expect(error).toMatchObject({ code: 'HUB_NOT_FOUND' });
    expect(error.message).toContain(`${WEIGHTS}.index.json, pytorch_model.bin`);
    servers.behaviour.refuse = { status: 401, headers: { 'x-error-code': 'RepoNotFound' } };
    expect(await failure()).toMatchObject({ code: 'HUB_NOT_FOUND' });
    await expect(pull(findTemplate('medclip'))).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
      message: expect.stringContaining('RyanWangZf'),
    });
  });

  it('takes a torch file where there is no safetensors', async () => {
    servers.behaviour.files.delete(WEIGHTS);
    servers.behaviour.files.set('pytorch_model.bin', golden('pytorch_model.bin'));
    const { weights } = await pull();
    const installed = await installModel(home, tiny(), weights);
    expect(installed).toMatchObject({ dimension: 48, compiled: true });
    removeModel(home, 'tiny');
    expect(existsSync(folder)).toBe(false);
  });

  it('waits out an error of the server', async () => {
    servers.behaviour.refuse = { status: 503, headers: { 'retry-after': '0' }, times: 3 };
    expect((await pull()).files).toHaveLength(2);
    expect(servers.hub.seen).toHaveLength(5);
  });

  it.each(['file:///etc/passwd', 'javascript:0', '//'])('does not follow %s', async (location) => {
    servers.behaviour.location = location;
    expect(await failure()).toMatchObject({ code: 'HUB_UNREACHABLE' });
  });

  it('ends a circle of redirects', async () => {
    servers.behaviour.location = `${servers.hub.url}/owner/tiny/resolve/main/${WEIGHTS}`;
    expect(await failure()).toMatchObject({ message: expect.stringContaining('circles') });
  });

  it('reaches the hub through a proxy, unless NO_PROXY names it', async () => {
    const proxy = await startProxy(servers.hub.port);
    // Large files come from the storage, which this proxy does not reach.
    servers.behaviour.location = '/files.json';
    servers.behaviour.files.set('files.json', golden(WEIGHTS));
    try {
      vi.stubEnv('HTTP_PROXY', proxy.url);
      vi.stubEnv('NO_PROXY', '');
      await pull(tiny(), { endpoint: 'http://hub.invalid/mirror/', token: TOKEN });
      expect(proxy.seen.map(({ path }) => path)).toContain('hub.invalid:80');
      expect(proxy.seen.some(({ authorization }) => authorization !== undefined)).toBe(false);
      expect(servers.hub.seen[0]?.path).toBe('/mirror/owner/tiny/resolve/main/config.json');

      const tunnels = proxy.seen.length;
      vi.stubEnv('NO_PROXY', '127.0.0.1');
      await pull();
      expect(proxy.seen).toHaveLength(tunnels);
    } finally {
      await proxy.stop();
    }
  });

  describe('in several files', () => {
    let shards: string[];
    beforeEach(() => {
      const source = join(home.folder, 'source');
      mkdirSync(source, { recursive: true });
      const written = writeShards(sharedPath(CHECKPOINT + WEIGHTS), source);
      shards = written.shards;
      servers.behaviour.files.delete(WEIGHTS);
      for (const file of [written.index, ...shards]) {
        servers.behaviour.files.set(file, readFileSync(join(source, file)));
      }
    });

    it('fetches the index and then all that it names', async () => {
      const { weights, files } = await pull();
      expect(weights).toBe(join(folder, `${WEIGHTS}.index.json`));
      expect(files.map(({ file }) => file)).toEqual([
        'config.json',
        `${WEIGHTS}.index.json`,
        ...shards,
      ]);
      expect(await installModel(home, tiny(), weights)).toMatchObject({ dimension: 48 });
    });

    it.each(['../../../outside', '/etc/outside', '..', 'a/b', 'a\\b', '%2e%2e'])(
      'fetches nothing for an index that names "%s"',
      async (name) => {
        const index = JSON.stringify({ weight_map: { a: name } });
        servers.behaviour.files.set(`${WEIGHTS}.index.json`, Buffer.from(index));
        expect(await failure()).toMatchObject({ code: 'CHECKPOINT_INVALID' });
        expect(servers.hub.seen.filter(({ path }) => !path.includes('.json'))).toHaveLength(1);
        expect(existsSync(join(home.folder, '..', 'outside'))).toBe(false);
      },
    );

    it('works without a network when all files are here', async () => {
      const lacking = (text: string) =>
        expect.objectContaining({ code: 'HUB_OFFLINE', message: expect.stringContaining(text) });
      expect(() => pulledBefore(home, tiny())).toThrow(lacking('config.json, model.safetensors'));
      const pulled = await pull();
      expect(pulledBefore(home, tiny()).weights).toBe(pulled.weights);
      rmSync(join(folder, shards[1] as string));
      expect(() => pulledBefore(home, tiny())).toThrow(lacking(shards[1] as string));
    });
  });

  it.each(['ftp://x', 'nowhere', 'https://user:pass@hub'])('refuses %s as a hub', (endpoint) => {
    expect(() => new Hub({ endpoint })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('does not show the password of a proxy that is no address', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://user:verySecret@:99999');
    const wrong = () => new Hub({ endpoint: servers.hub.url });
    expect(wrong).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(wrong).not.toThrow('verySecret');
  });

  it('keeps files that another model is made of, and those of another revision apart', async () => {
    const other = { ...tiny(), name: 'other' };
    for (const template of [tiny(), other]) {
      await installModel(home, template, (await pull(template)).weights);
    }
    removeModel(home, 'tiny');
    expect(pulledBefore(home, other).weights).toBe(join(folder, WEIGHTS));
    expect(() => pulledBefore(home, tiny({ revision: 'v2' }))).toThrow(
      expect.objectContaining({ code: 'HUB_OFFLINE' }),
    );
    removeModel(home, 'other');
    expect(existsSync(folder)).toBe(false);
  });

  it('does not show a token that cannot be one', () => {
    const wrong = () => new Hub({ endpoint: servers.hub.url, token: `${TOKEN}\nx` });
    expect(wrong).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(wrong).not.toThrow(TOKEN);
  });
});
