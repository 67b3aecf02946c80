import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../runtime/onnx/graph-builder.ts';
import { fragileDescription, fragileModel } from '../../testing/fragile-model.ts';
import { parseDefinition } from './definition.ts';
import { Encoder } from './encoder.ts';

describe('Encoder', () => {
  it('has another fingerprint for another model, input, preprocessing or output', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'semblance-encoder-'));
    const file = join(folder, 'm.onnx');
    writeFileSync(file, fragileModel(1));
    const base = fragileDescription('m.onnx');
    const fingerprint = async (change: object) => {
      const encoder = await Encoder.load(
        parseDefinition({ ...base, ...change }, join(folder, 'm.json')),
      );
      await encoder.release();
      return encoder.fingerprint;
    };
    const first = await fingerprint({});
    expect(await fingerprint({ title: 'Renamed' })).toBe(first);
    const others = [
      await fingerprint({ preprocess: { ...base.preprocess, interpolation: 'bicubic' } }),
      await fingerprint({ normalisation: 'l2' }),
      await fingerprint({ input: { name: 'pixels', channels: 'BGR' } }),
    ];
    writeFileSync(file, fragileModel(2));
    others.push(await fingerprint({}));
    expect(new Set([first, ...others]).size).toBe(5);
    const load = (change: object) =>
      Encoder.load(parseDefinition({ ...base, ...change }, join(folder, 'm.json')));
    const invalid = { code: 'ENCODER_INVALID' };
    await expect(load({ input: { name: 'absent' } })).rejects.toMatchObject(invalid);
    await expect(load({ model: { file: 'm.onnx', sha256: '0'.repeat(64) } })).rejects.toMatchObject(
      invalid,
    );
    await expect(load({ model: { file: 'absent.onnx' } })).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
    });
    expect(() => parseDefinition({ ...base, dimension: 0 }, 'm.json')).toThrow(/dimension/);
    await rm(folder, { recursive: true });
  });

  it('gives a model few large pictures at once, whatever is asked for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'semblance-encoder-'));
    // Each embedding tells how many pictures its batch had.
    const g = new GraphBuilder('count');
    const pixels = g.input('pixels', 'float', ['batch', 3, 'height', 'width']);
    const count = g.node('Cast', [g.node('Shape', [pixels], { start: 0, end: 1 })], { to: 1 });
    const zeros = g.node('Mul', [
      g.node('ReduceMean', [pixels, g.ints([1, 2, 3])], { keepdims: 0 }),
      g.floats([0], [1]),
    ]);
    const embedding = g.node('Unsqueeze', [g.node('Add', [zeros, count]), g.ints([1])]);
    g.node('Identity', [embedding], {}, { output: 'embedding' });
    g.output('embedding', 'float', ['batch', 1]);
    writeFileSync(join(folder, 'm.onnx'), g.build());
    const batches = async (side: number, pictures: number) => {
      const definition = parseDefinition(
        {
          name: 'm',
          title: 'M',
          model: { file: 'm.onnx' },
          input: { name: 'pixels' },
          preprocess: {
            resize: { mode: 'exact', width: side, height: side },
            interpolation: 'bilinear',
          },
          output: { name: 'embedding' },
          dimension: 1,
          licence: 'none',
          source: 'this test',
        },
        join(folder, 'm.json'),
      );
      const encoder = await Encoder.load(definition);
      const picture = new Float32Array(3 * side * side);
      const vectors = await encoder.encode(Array.from({ length: pictures }, () => picture));
      await encoder.release();
      return vectors.map(([value]) => value);
    };
    expect(await batches(224, 3)).toEqual([3, 3, 3]);
    expect(await batches(448, 5)).toEqual([4, 4, 4, 4, 1]);
    expect(await batches(1024, 2)).toEqual([1, 1]);
    await rm(folder, { recursive: true });
  });
});
