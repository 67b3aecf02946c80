import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../indexing/read-source.ts';
import { decodeStoredPixels } from '../decode.ts';
import { readImageFile } from '../read.ts';
import { drawPhantoms, type Phantom, writePhantoms } from './phantoms.ts';

function fingerprint(phantoms: Iterable<Phantom>): string {
  const hash = createHash('sha256');
  for (const { data, filepath } of phantoms) hash.update(filepath).update(data);
  return hash.digest('hex');
}

describe('phantoms', () => {
  let folder: string;
  const phantoms = [...drawPhantoms()];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'semblance-phantoms-'));
    await writePhantoms(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are the same at every drawing', () => {
    expect(fingerprint(drawPhantoms())).toBe(fingerprint(phantoms));
  });

  it('show five anatomies of four modalities, in at least 240 different pictures', () => {
    expect(new Set(phantoms.map((p) => p.anatomicRegion)).size).toBe(5);
    expect(new Set(phantoms.map((p) => p.modality))).toEqual(new Set(['XR', 'CT', 'MR', 'US']));
    const pictures = new Set(
      phantoms.map((p) => createHash('sha256').update(p.data).digest('hex')),
    );
    expect(pictures.size).toBeGreaterThanOrEqual(240);
  });

  it('keep each patient in one split', () => {
    const splits = new Map<string, Set<string>>();
    for (const { patient, split } of phantoms) {
      splits.set(patient, (splits.get(patient) ?? new Set()).add(split));
    }
    expect([...splits.values()].every((found) => found.size === 1)).toBe(true);
    expect(new Set(phantoms.map((p) => p.split))).toEqual(new Set(['train', 'val', 'test']));
  });

  it('are written so that they can be indexed, deep greys included', async () => {
    const source = await readSource(folder);
    expect(source.images).toHaveLength(phantoms.length);
    for (const wanted of [phantoms[0], phantoms.find((p) => p.bits === 16)] as Phantom[]) {
      const found = source.images.find((image) => image.path === wanted.filepath);
      expect(found).toMatchObject({ patient: wanted.patient, labels: [wanted.label] });
      expect(found?.metadata).toMatchObject({ modality: wanted.modality, split: wanted.split });
      const stored = await decodeStoredPixels(await readImageFile(join(folder, wanted.filepath)));
      expect(stored.bits).toBe(wanted.bits);
      expect(Uint16Array.from(stored.data)).toEqual(wanted.data);
    }
  });
});
