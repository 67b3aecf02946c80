import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EncoderDefinition, parseDefinition } from '../encoding/encoders/definition.ts';
import { fragileDescription, fragileModel } from './fragile-model.ts';

/**
 * An encoder of three numbers by the mean of each channel, for quick tests; it fails on a picture of
 * one grey.
 * @param level that grey
 * @param folder where its model is written
 */
export function tinyEncoder(level: number, folder: string): EncoderDefinition {
  writeFileSync(join(folder, 'model.onnx'), fragileModel(level));
  const description = fragileDescription('model.onnx');
  return parseDefinition(
    { ...description, preprocess: { ...description.preprocess, scale: 1 } },
    join(folder, 'fragile.json'),
  );
}
