import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EnginePullSchema,
  EnginePushSchema,
  EngineVerificationSchema,
} from '../contract/engines.ts';
import { madeUpHome } from '../testing/made-up-home.ts';
import { startWeaviate, type WeaviateCluster, weaviateServer } from '../testing/weaviate.ts';
import { Semblance } from './semblance.ts';

const program = weaviateServer();
const made = await madeUpHome({ patients: 20 });
const { collection } = made;
afterAll(made.close);

it('needs an engine', async () => {
  const { engine } = made.semblance;
  for (const call of [engine.push({}, { collection }), engine.verify({}, { collection })]) {
    await expect(call).rejects.toMatchObject({ code: 'USAGE' });
  }
});

it('names the encoders that the collection knows', async () => {
  const asked = made.semblance.engine.pull({}, { collection, encoder: 'other' });
  await expect(asked).rejects.toMatchObject({ code: 'ENCODER_NOT_FOUND', subject: 'other' });
  await expect(asked).rejects.toThrow('made-up');
});

describe.skipIf(program === undefined)('embeddings in an engine', () => {
  let cluster: WeaviateCluster;
  let semblance: Semblance;
  beforeAll(async () => {
    cluster = await startWeaviate(program as string, 1);
    semblance = await Semblance.open({ home: made.path, engine: cluster.engine });
  }, 60_000);
  afterAll(async () => {
    await semblance?.close();
    await cluster?.stop();
  });

  it('are pushed from where a call was ended, verified and pulled', async () => {
    const { engine } = semblance;
    const ended = await engine.push({ signal: AbortSignal.abort() }, { collection });
    expect(EnginePushSchema.parse(ended)).toEqual(ended);
    expect(ended).toMatchObject({ complete: false, written: 0 });

    const told = new Set<string>();
    const pushed = await engine.push(
      { progress: (_, __, { unit }) => told.add(unit) },
      { collection },
    );
    expect(EnginePushSchema.parse(pushed)).toEqual(pushed);
    const { count } = pushed;
    expect(pushed).toMatchObject({ collection, encoder: 'made-up', complete: true });
    expect([pushed.written, count > 0]).toEqual([count, true]);
    expect([...told]).toEqual(['embeddings compared', 'embeddings verified']);

    const verified = await engine.verify({}, { collection });
    expect(EngineVerificationSchema.parse(verified)).toEqual(verified);
    expect(verified.nodes).toMatchObject([{ count, same: true }]);
    const pulled = await engine.pull({}, { collection });
    expect(EnginePullSchema.parse(pulled)).toEqual(pulled);
    expect(pulled).toMatchObject({ count, unchanged: count, written: 0, complete: true });
  });

  it('are no longer compared when the call is ended', async () => {
    const ended = new AbortController();
    const progress = () => ended.abort(new Error('enough'));
    const { signal } = ended;
    await expect(semblance.engine.verify({ signal, progress }, { collection })).rejects.toThrow(
      'enough',
    );
  });
});
