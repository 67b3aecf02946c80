import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EncoderDefinition, parseDefinition } from '../encoding/encoders/definition.ts';
import { fragileModel } from './fragile-model.ts';

/**
 * An encoder of three numbers by the mean of each channel, for quick tests; it fails on a picture of
 * one grey.
 * @param level that grey
 * @param folder where its model is written
 */
export function tinyEncoder(level: number, folder: string): EncoderDefinition {
  writeFileSync(join(folder, 'model.onnx'), fragileModel(level));
  return parseDefinition(
    {
      name: 'fragile',
      title: 'Fragile',
      model: { file: 'model.onnx' },
      input: { name: 'pixels' },
      preprocess: {
        resize: { mode: 'exact', width: 4, height: 4 },
        interpolation: 'bilinear',
        scale: 1,
      },
      output: { name: 'embedding' },
      dimension: 3,
      licence: 'none',
      source: 'this test',
    },
    join(folder, 'fragile.json'),
  );
}
