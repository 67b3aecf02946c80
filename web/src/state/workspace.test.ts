import { describe, expect, it } from 'vitest';
import { parseRoute } from './route.ts';
import { fillRoute } from './workspace.ts';

const encoder = (name: string, changes = {}) => ({
  name,
  title: name,
  dimension: 8,
  embeddings: 12,
  isDefault: false,
  available: true,
  text: false,
  ...changes,
});

describe('the encoder of a search that names none', () => {
  it('is the default of the server, also where that encodes no new picture', () => {
    const encoders = [encoder('other'), encoder('default', { isDefault: true, available: false })];
    const collections = [{ name: 'small', images: 12, encoders }];
    const filled = fillRoute(parseRoute(''), collections);
    expect(filled.route.encoder).toBe('default');
    expect(filled.encoder?.name).toBe('default');
  });
});
