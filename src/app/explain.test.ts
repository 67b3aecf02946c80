import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { addExplainCommand } from '../cli/commands/explain.ts';
import { ExplanationSchema } from '../contract/shapes.ts';
import { rangeOf } from '../domain/explanation.ts';
import { runCommand } from '../testing/run-command.ts';
import { smallDoors } from '../testing/small-home.ts';

const { home, semblance, app, close } = await smallDoors();
afterAll(close);

const asked = { collection: 'test', result: 5, grid: 3 };

describe('an explanation', () => {
  it.each(['image', 'file'])('is the same through every door, of a query by %s', async (kind) => {
    const path = home.picture(2);
    const query = kind === 'image' ? 3 : { bytes: readFileSync(path) };
    const drawn = await semblance.explain.draw({}, { ...asked, query });
    const { explanation } = drawn;
    expect(ExplanationSchema.parse(explanation)).toEqual(explanation);
    expect(explanation).toMatchObject({ method: 'occlusion', encoder: 'baseline' });
    expect(await semblance.explain.explain({}, { ...asked, query })).toEqual(explanation);
    for (const side of ['query', 'result'] as const) {
      const { format, width, height } = await sharp(drawn[side]).metadata();
      expect({ format, width, height }).toEqual({ format: 'png', width: 48, height: 40 });
    }

    const body = new FormData();
    if (kind === 'image') body.set('query', '3');
    else body.set('file', new File([new Uint8Array(readFileSync(path))], 'picture'));
    body.set('result', '5');
    body.set('grid', '3');
    const address = '/api/collections/test/explain';
    const response = await app.request(address, { method: 'POST', body });
    const received = JSON.parse(JSON.stringify(explanation));
    expect(await response.json()).toEqual(received);

    const output = join(home.path, '..', 'maps');
    const args = kind === 'image' ? ['--query', '3'] : [path];
    const options = ['-c', 'test', '--image', '5', '--grid', '3', '-o', output];
    const printed = await runCommand(addExplainCommand, home.path, [...args, ...options]);
    const { method, encoder, similarity } = explanation;
    const range = rangeOf(explanation);
    expect(printed).toMatchObject({ collection: 'test', method, encoder, similarity, range });
    const map = JSON.parse(readFileSync(join(output, 'map.json'), 'utf8'));
    expect(map).toEqual({ ...received, range });
    expect(readFileSync(join(output, 'query.png')).equals(drawn.query)).toBe(true);
    expect(readFileSync(join(output, 'result.png')).equals(drawn.result)).toBe(true);
  });

  it('tells how far it is', async () => {
    const told: [number, number | undefined][] = [];
    const progress = (done: number, total: number | undefined) => told.push([done, total]);
    await semblance.explain.explain({ progress }, { ...asked, query: 3 });
    const [done, total] = told.at(-1) ?? [];
    expect(done).toBe(total);
    expect(told.length).toBeGreaterThan(0);
  });

  it.each([
    ['COLLECTION_NOT_FOUND', { collection: 'absent' }],
    ['ENCODER_NOT_FOUND', { encoder: 'absent' }],
    ['IMAGE_NOT_FOUND', { query: 99 }],
    ['IMAGE_NOT_FOUND', { result: 99 }],
    ['IMAGE_NOT_RECOGNISED', { query: { bytes: Buffer.from('a text') } }],
  ])('has a code for what it cannot do: %s', async (code, more) => {
    const answer = semblance.explain.explain({}, { ...asked, query: 3, ...more });
    await expect(answer).rejects.toMatchObject({ code });
  });
});
