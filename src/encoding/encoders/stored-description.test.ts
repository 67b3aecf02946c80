import { describe, expect, it } from 'vitest';
import type { EncoderDefinition } from '../../domain/encoders.ts';
import { importedDefinition } from './definition.ts';
import { encodingDefinition, storedDescription } from './stored-description.ts';

const PROJECTION = {
  file: '/p.onnx',
  dimension: 4,
  fitted: { field: 'label', images: 10, classes: 2 },
};
const LOCAL: EncoderDefinition = {
  name: 'e',
  title: 'E',
  description: '',
  model: { file: '/m.onnx' },
  input: { name: 'pixels', layout: 'NCHW', channels: 'RGB' },
  preprocess: {
    resize: { mode: 'exact', width: 4, height: 4 },
    interpolation: 'bilinear',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  output: { name: 'embedding' },
  dimension: 3,
  normalisation: 'none',
  licence: 'none',
  source: 'this test',
};

const stored = (definition: unknown) => ({
  name: 'e',
  dimension: 3,
  definition: typeof definition === 'string' ? definition : JSON.stringify(definition),
});

describe('a stored description', () => {
  it('is that of a local encoder, of an imported one, or of either adapted', () => {
    const kinds = [
      LOCAL,
      importedDefinition('e', 3),
      { ...LOCAL, projection: PROJECTION },
      { ...importedDefinition('e', 3), projection: PROJECTION },
    ].map((definition) => [definition, storedDescription(stored(definition))]);
    expect(kinds.map(([, description]) => description)).toEqual([
      { kind: 'local', definition: kinds[0]?.[0] },
      { kind: 'imported', definition: kinds[1]?.[0] },
      { kind: 'adapted', base: 'local', definition: kinds[2]?.[0] },
      { kind: 'adapted', base: 'imported', definition: kinds[3]?.[0] },
    ]);
    expect(encodingDefinition(stored(LOCAL))).toEqual(LOCAL);
    expect(() => encodingDefinition(stored(importedDefinition('e', 3)))).toThrow(
      expect.objectContaining({ code: 'ENCODER_IMPORTED', subject: 'e' }),
    );
  });

  it('of an import by the first version lacks what the collection knows itself', () => {
    expect(storedDescription(stored({ name: 'e', model: { imported: true, file: '' } }))).toEqual({
      kind: 'imported',
      definition: importedDefinition('e', 3),
    });
  });

  it.each(['', '{}', '[]', 'null', '{"model":{"file":7}}', '{"model":{"imported":true}}'])(
    'that is damaged names the encoder: %s',
    (text) => {
      expect(() => storedDescription(stored(text))).toThrow(
        expect.objectContaining({ code: 'ENCODER_DAMAGED', subject: 'e' }),
      );
    },
  );
});
