import { afterAll, describe, expect, it } from 'vitest';
import {
  DefaultEncoderSchema,
  DroppedSchema,
  EncoderHistorySchema,
  EncoderListSchema,
  ModelListSchema,
  UnencodedSchema,
} from '../contract/encoders.ts';
import { DIMENSION } from '../testing/made-up-collection.ts';
import { madeUpHome } from '../testing/made-up-home.ts';

const home = await madeUpHome({ patients: 20 }, (store) => {
  const other = { fingerprint: 'other', dimension: DIMENSION, definition: '{}' };
  const id = store.encoders.register({ name: 'other', ...other });
  const one = new Float32Array(DIMENSION).fill(1);
  store.embeddings.write(id, [
    [1, one],
    [2, one],
  ]);
});
const { collection, semblance } = home;
afterAll(home.close);

describe('encoders', () => {
  it('are those that come with the program, without a collection', async () => {
    const list = await semblance.encoders.list();
    expect(EncoderListSchema.parse(list)).toEqual(list);
    expect(list.encoders.map(({ name }) => name)).toContain('baseline');
    expect(list.failures).toEqual([]);
  });

  it('become the default of a collection, and it is gone back', () => {
    const { encoders } = semblance;
    const before = encoders.default({ collection });
    expect(DefaultEncoderSchema.parse(before)).toEqual(before);
    expect(before).toEqual({ collection, encoder: 'made-up', missingEmbeddings: 0 });
    expect(() => encoders.use({ collection, encoder: 'other' })).toThrow(
      expect.objectContaining({ code: 'ENCODER_INCOMPLETE' }),
    );
    const chosen = encoders.use({ collection, encoder: 'other', incomplete: true });
    expect(chosen).toEqual({ collection, encoder: 'other', missingEmbeddings: 38 });
    expect(encoders.default({ collection })).toEqual(chosen);
    expect(encoders.rollBack({ collection })).toEqual(before);
    const history = encoders.history({ collection });
    expect(EncoderHistorySchema.parse(history)).toEqual(history);
    expect(history.history.map(({ name }) => name)).toContain('other');
  });

  it('lack images, and leave a collection', () => {
    const { encoders } = semblance;
    const missing = encoders.missing({ collection, encoders: ['made-up', 'other'] });
    expect(UnencodedSchema.parse(missing)).toEqual(missing);
    expect(missing.images).toHaveLength(38);
    const dry = encoders.drop({ collection, encoder: 'other', dryRun: true });
    expect(DroppedSchema.parse(dry)).toEqual(dry);
    expect(encoders.drop({ collection, encoder: 'other' })).toEqual(dry);
    expect(dry.embeddings).toBe(2);
    expect(() => encoders.drop({ collection, encoder: 'other' })).toThrow(
      expect.objectContaining({ code: 'ENCODER_NOT_FOUND' }),
    );
    expect(() => encoders.drop({ collection, encoder: 'made-up' })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('models', () => {
  it('are those of the catalogue, and cannot be removed before they are added', () => {
    const list = semblance.models.list();
    expect(ModelListSchema.parse(list)).toEqual(list);
    expect(list.models.map(({ name }) => name)).toContain('rad-dino');
    expect(() => semblance.models.remove({ name: 'rad-dino' })).toThrow(
      expect.objectContaining({ code: 'ENCODER_NOT_FOUND' }),
    );
  });
});
