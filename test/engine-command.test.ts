import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataDirectory } from '../src/store/data-directory.ts';
import { described } from '../src/testing/described.ts';
import { searchForm } from '../src/testing/search-form.ts';
import { startWeaviate, type WeaviateCluster, weaviateServer } from '../src/testing/weaviate.ts';
import { run, startServing, temporaryFolder } from './program.ts';

const program = weaviateServer();
const temporary = temporaryFolder();
const home = ['--home', temporary.path, '--json'];

function fill(): void {
  const store = new DataDirectory(temporary.path).open('default', { create: true });
  const id = store.encoders.register({
    name: 'made-up',
    fingerprint: 'a',
    dimension: 8,
    definition: '{}',
  });
  const images = Array.from({ length: 80 }, (_, n) => ({
    description: described(`${n}.png`, {
      labels: [n % 4 < 2 ? 'left' : 'right'],
      metadata: { split: n % 5 === 0 ? 'test' : 'train' },
    }),
    embeddings: new Map([
      [id, Float32Array.from({ length: 8 }, (_, i) => Math.sin((n % 4) * (i + 1)) + 0.01 * n)],
    ]),
  }));
  store.writer.write(store.sources.register('/images'), images);
  store.close();
}

describe.skipIf(program === undefined)('semblance engine', () => {
  let cluster: WeaviateCluster;
  beforeAll(async () => {
    fill();
    cluster = await startWeaviate(program as string, 1);
  });
  afterAll(async () => {
    await cluster?.stop();
    temporary.remove();
  });

  it('pushes, verifies, answers as without, and says when the engine is down', async () => {
    const engine = ['--engine', cluster.engine];
    const pushed = await run(['engine', 'push', ...engine, ...home]);
    expect(JSON.parse(pushed.stdout)).toMatchObject({ written: 80, complete: true, replicas: 1 });
    const verified = await run(['engine', 'verify', ...engine, ...home]);
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout).nodes).toMatchObject([{ count: 80, same: true }]);
    const pulled = await run(['engine', 'pull', ...engine, ...home]);
    expect(JSON.parse(pulled.stdout)).toMatchObject({ written: 0, unchanged: 80, complete: true });

    for (const command of [['search', '--image', '5', '-f', 'label=left'], ['evaluate']]) {
      const own = JSON.parse((await run([...command, ...home])).stdout);
      const { code, stdout } = await run([...command, ...engine, ...home]);
      expect(code).toBe(0);
      expect({ ...JSON.parse(stdout), milliseconds: null }).toEqual({ ...own, milliseconds: null });
    }

    const server = await startServing(['serve', ...engine, ...home]);
    const search = () => {
      const body = searchForm({ parts: [{ image: 5 }] });
      return fetch(`${server.url}api/collections/default/search`, { method: 'POST', body });
    };
    expect((await search()).status).toBe(200);
    await cluster.stop();
    const down = await search();
    expect([down.status, (await down.json()).code]).toEqual([503, 'ENGINE_UNAVAILABLE']);
    await server.stop();
    const refused = await run(['search', '--image', '5', ...engine, ...home]);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr).error.code).toBe('ENGINE_UNAVAILABLE');
  }, 120_000);
});
