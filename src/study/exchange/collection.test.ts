import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Semblance } from '../../app/semblance.ts';
import { CollectionsSchema, SearchResultSchema } from '../../contract/shapes.ts';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { parseFilter } from '../../domain/search-language/filter.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import { findEncoder } from '../../encoding/encoders/registry.ts';
import { indexImages } from '../../indexing/index-images.ts';
import { readSource } from '../../indexing/read-source.ts';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import { EncoderSpace } from '../../search/encoder-space.ts';
import { createApp } from '../../server/app.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { searchForm } from '../../testing/search-form.ts';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { CollectionEmbeddings } from './export-collection.ts';
import { readToFile } from './formats.ts';
import { importEmbeddings } from './import-collection.ts';
import { piecesOf } from './row-pieces.ts';
import { VectorFile } from './vector-file.ts';

const CSV = `filepath,dataset,split,modality,anatomic_region,XR/chest/normal,CT/head/any
a.png,s,train,XR,chest,1,0
b.png,s,train,XR,chest,1,0
c.png,s,test,CT,head,0,1
gone.png,s,test,CT,head,0,1
`;
const matrix: EmbeddingMatrix = {
  paths: ['a.png', 'other.png', 'c.png', 'b.png'],
  dimension: 2,
  values: Float32Array.of(1, 0, 5, 5, 0, 1, 3, 1),
};

/** A matrix as a file of vectors. */
function vectorsOf({ paths, dimension, values }: EmbeddingMatrix): VectorFile {
  const vectors = new VectorFile(tmpdir());
  for (const [i, path] of paths.entries()) {
    vectors.add(path, values.subarray(i * dimension, (i + 1) * dimension), '');
  }
  return vectors;
}

describe('import into a collection', () => {
  let work: string;
  let home: DataDirectory;
  let store: CollectionStore;
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'semblance-import-'));
    writeFileSync(join(work, 'dataset.csv'), CSV);
    home = new DataDirectory(join(work, 'home'));
    store = home.open('test', { create: true });
  });
  afterAll(() => {
    store.close();
    rmSync(work, { recursive: true });
  });
  const pathsOf = (ids: { id: number; path: string }[]) => ids.map(({ path }) => path);
  const imported = async () => {
    const rows = await CollectionEmbeddings.select(store, chooseEncoder(store, 'theirs'), []);
    const values: number[] = [];
    for await (const piece of piecesOf(rows)) values.push(...piece);
    return { paths: rows.paths, dimension: rows.dimension, values: Float32Array.from(values) };
  };

  it('writes what has an embedding and lists the rest, without any image file', async () => {
    const sources = [await readSource(join(work, 'dataset.csv'))];
    const strange = { ...matrix, paths: ['w', 'x', 'y', 'z'] };
    await expect(
      importEmbeddings(store, 'theirs', sources, vectorsOf(strange)),
    ).rejects.toMatchObject({
      code: 'EMBEDDING_MISSING',
      subject: 'a.png',
    });
    const result = await importEmbeddings(store, 'theirs', sources, vectorsOf(matrix));
    expect(result).toMatchObject({ imported: 3, unused: ['other.png'], complete: true });
    expect(result.missing).toMatchObject([{ code: 'EMBEDDING_MISSING', subject: 'gone.png' }]);
    expect(pathsOf(store.images.page())).toEqual(['a.png', 'b.png', 'c.png']);
    expect(await imported()).toEqual({
      paths: ['a.png', 'b.png', 'c.png'],
      dimension: 2,
      values: Float32Array.of(1, 0, 3, 1, 0, 1),
    });
  });

  it('is searched by id; pictures, uploads and thumbnails get a coded answer', async () => {
    const semblance = await Semblance.open({ home: home.folder, limits: { maxPixels: 1e6 } });
    const app = createApp(semblance, { maxUpload: 1e6 });
    const base = 'http://localhost/api/collections';
    const json = async (response: Response) => [response.status, await response.json()];
    const id = store.images.page().find(({ path }) => path === 'a.png')?.id;
    const search = (part: object, ...files: Uint8Array[]) => {
      const body = searchForm({ parts: [part] }, ...files);
      return app.request(`${base}/test/search`, { method: 'POST', body });
    };
    const found = await search({ image: id });
    const { neighbours } = SearchResultSchema.parse(await found.json());
    expect(neighbours.map((each) => each.image.path)).toEqual(['b.png', 'c.png']);
    expect(await json(await app.request(`${base}/test/images/${id}/thumbnail`))).toMatchObject([
      404,
      { code: 'IMAGE_NOT_FOUND' },
    ]);
    const png = await sharp({
      create: { width: 8, height: 8, channels: 3, background: '#123456' },
    })
      .png()
      .toBuffer();
    expect(await json(await search({ file: 0 }, png))).toMatchObject([
      409,
      { code: 'ENCODER_IMPORTED' },
    ]);
    const listed = await app.request(base);
    const { collections } = CollectionsSchema.parse(await listed.json());
    expect(collections[0]?.encoders).toMatchObject([{ name: 'theirs', available: false }]);
    await semblance.close();
  });

  it('has no duplicates to find while no file was read, and says so', async () => {
    const semblance = await Semblance.open({ home: home.folder });
    expect(await semblance.collections.duplicates({}, { collection: 'test' })).toMatchObject({
      ...{ compared: 0, unread: 3, clusters: [] },
    });
    await semblance.close();
  });

  it('writes nothing of what is there already, and goes on where an import was ended', async () => {
    const sources = [await readSource(join(work, 'dataset.csv'))];
    const before = store.generation();
    expect(await importEmbeddings(store, 'theirs', sources, vectorsOf(matrix))).toMatchObject({
      imported: 3,
    });
    expect(store.generation()).toBe(before);
    const other = { ...matrix, values: matrix.values.map((value, i) => (i === 7 ? 2 : value)) };
    await importEmbeddings(store, 'theirs', sources, vectorsOf(other));
    expect([...(await imported()).values]).toEqual([1, 0, 3, 2, 0, 1]);
    await importEmbeddings(store, 'theirs', sources, vectorsOf(matrix));
    expect([...(await imported()).values]).toEqual([1, 0, 3, 1, 0, 1]);
  });

  it('keeps the imported embeddings when the images are indexed, and knows their content when imported again', async () => {
    for (const [name, background] of Object.entries({ a: '#111111', b: '#777777' })) {
      await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toFile(join(work, `${name}.png`));
    }
    const source = await readSource(join(work, 'dataset.csv'));
    const encoder = await Encoder.load(await findEncoder('baseline', home.encodersFolder));
    await indexImages(store, encoder, source, { threads: 1 });
    await encoder.release();
    expect((await imported()).paths).toEqual(['a.png', 'b.png', 'c.png']);
    const read = store.images.page();
    expect(read.map(({ width }) => width)).toEqual([8, 8, null]);
    await importEmbeddings(store, 'theirs', [source], vectorsOf(matrix));
    expect(store.images.page()).toEqual(read);
    expect(chooseEncoder(store, 'baseline').embeddings).toBe(2);
  });
});

const PROTOCOL = 'goldens/protocol/';

describe.skipIf(!hasShared(PROTOCOL))("the study's archive in a collection", () => {
  it('has the precision that the study measured', async () => {
    const golden = (path: string) => sharedPath(PROTOCOL + path);
    const work = mkdtempSync(join(tmpdir(), 'semblance-study-'));
    const store = new DataDirectory(work).open('study', { create: true });
    const files = ['chexpert', 'mimic', 'nih14', 'radimagenet'].map((name) =>
      golden(`embeddings/Synthetic/${name}.h5`),
    );
    const sources = await Promise.all(
      ['train', 'val', 'test'].map((split) => readSource(golden(`${split}.csv`))),
    );
    const vectors = await readToFile(files, work);
    const result = await importEmbeddings(store, 'synthetic', sources, vectors);
    vectors.close();
    expect(result).toMatchObject({ imported: 1165, missing: [], unused: [], complete: true });
    const filters = { index: parseFilter(['split=train']), queries: parseFilter(['split=test']) };
    // Up to k = 3 every class has enough images, so that the study's denominator is k, too.
    const { precision } = await evaluate(
      store,
      new EncoderSpace(chooseEncoder(store)),
      filters,
      [1, 2, 3],
    );
    const rows: Record<string, string>[] = parse(
      readFileSync(golden('experiments/all/Synthetic/retrieval.csv')),
      { columns: true },
    );
    for (const [i, { micro, macro }] of precision.entries()) {
      expect(micro).toBeCloseTo(Number(rows[i]?.micro_precision_mean), 12);
      expect(macro).toBeCloseTo(Number(rows[i]?.macro_precision_mean), 12);
    }
    store.close();
    rmSync(work, { recursive: true });
  });
});
