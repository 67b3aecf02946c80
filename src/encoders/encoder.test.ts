import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fragileModel } from '../testing/fragile-model.ts';
import { parseDefinition } from './definition.ts';
import { Encoder } from './encoder.ts';

describe('Encoder', () => {
  it('has another fingerprint for another model, input, preprocessing or output', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'semblance-encoder-'));
    const file = join(folder, 'm.onnx');
    writeFileSync(file, fragileModel(1));
    const base = {
      name: 'm',
      title: 'M',
      model: { file: 'm.onnx' },
      input: { name: 'pixels' },
      preprocess: { resize: { mode: 'exact', width: 4, height: 4 }, interpolation: 'bilinear' },
      output: { name: 'embedding' },
      dimension: 3,
      licence: 'none',
      source: 'this test',
    };
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
});
