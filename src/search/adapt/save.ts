import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { LoadOptions } from '../../encoding/encoders/model.ts';
import { Projection, projectedFingerprint } from '../../encoding/encoders/projection.ts';
import { findEncoder } from '../../encoding/encoders/registry.ts';
import { storedDescription } from '../../encoding/encoders/stored-description.ts';
import { writeWhole } from '../../files/write-file.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import type { StoredEncoder } from '../../store/records.ts';
import type { Adaptation } from './adapt.ts';

/** Embeddings projected and written together. */
const BATCH = 1000;
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** What can be adapted, and under which name. */
export interface AdaptTarget {
  store: CollectionStore;
  base: StoredEncoder;
  /** Name of the adapted encoder. */
  name: string;
  /** Folder of the user's own encoders. */
  folder: string;
}

/**
 * Checks that an encoder can be adapted under a name.
 * @throws SemblanceError ADAPT_IMPOSSIBLE (it is adapted itself, or the name is taken), USAGE (the name)
 */
export async function checkTarget({ store, base, name, folder }: AdaptTarget): Promise<void> {
  const fail = (why: string, subject: string) => {
    throw new SemblanceError('ADAPT_IMPOSSIBLE', why, { subject });
  };
  if (!NAME.test(name)) {
    throw new SemblanceError(
      'USAGE',
      `"${name}" is no name for an encoder: use small letters, digits, dots and dashes.`,
    );
  }
  if (storedDescription(base).kind === 'adapted') {
    fail('It is an adapted encoder: adapt the one that it was made of.', base.name);
  }
  const known: { projection?: object | undefined }[] = store.encoders
    .list()
    .filter((encoder) => encoder.name === name)
    .map((encoder) => storedDescription(encoder).definition);
  const installed = await findEncoder(name, folder).catch((error) => {
    if (error instanceof SemblanceError && error.code === 'ENCODER_NOT_FOUND') return undefined;
    throw error;
  });
  if (installed !== undefined) known.push(installed);
  if (known.some(({ projection }) => projection === undefined)) {
    fail('Another encoder has this name: choose one of its own.', name);
  }
}

/** The adapted encoder's description. Texts are left out: their embeddings belong to the plain space. */
function describe(
  { base, name }: AdaptTarget,
  { dimension, field, images, classes }: Adaptation,
  file: string,
  sha256: string,
): object {
  const plain = storedDescription(base).definition;
  // Neither texts nor tokens have been adapted.
  const { text: _, tokens: __, ...definition } = { text: undefined, tokens: undefined, ...plain };
  return {
    ...definition,
    name,
    title: `${definition.title}, adapted`,
    description: `${base.name}, adapted to the field "${field}" of ${images} images.`,
    dimension,
    projection: { file, sha256, dimension: base.dimension, fitted: { field, images, classes } },
  };
}

/**
 * Saves an adapted encoder: the graph and, where the encoder has a model, its description in the user's
 * folder; and the adapted embeddings of all images in the collection, made of the stored ones. No image is
 * read. When it is interrupted, it can be run again.
 * @returns the encoder as the collection knows it
 */
export async function saveAdaptation(
  target: AdaptTarget,
  adaptation: Adaptation,
  onProgress?: (done: number, total: number) => void,
  options: LoadOptions = {},
): Promise<StoredEncoder> {
  const { store, base, name, folder } = target;
  const { projection: bytes, dimension } = adaptation;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  // A file for each fit, so that an earlier one of this name can still be gone back to.
  const file = join(folder, `${name}-${sha256.slice(0, 8)}.onnx`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeWhole(file, (sink) => sink(bytes));
  const definition = JSON.stringify(describe(target, adaptation, file, sha256));
  if (storedDescription(base).kind !== 'imported') {
    writeWhole(join(folder, `${name}.json`), (sink) => sink(`${definition}\n`));
  }
  const fingerprint = projectedFingerprint(base.fingerprint, sha256);
  const id = store.encoders.register({ name, fingerprint, dimension, definition });
  const projection = await Projection.load(name, { file, sha256 }, dimension, options);
  try {
    const ids = store.embeddings.imageIds(base.id);
    for (let at = 0; at < ids.length; at += BATCH) {
      const batch = [...ids.subarray(at, at + BATCH)].flatMap((image) => {
        const vector = store.embeddings.get(base.id, image);
        return vector === undefined ? [] : [{ image, vector }];
      });
      const vectors = await projection.apply(batch.map(({ vector }) => vector));
      store.embeddings.write(
        id,
        batch.map(({ image }, i) => [image, vectors[i] as Float32Array] as const),
      );
      onProgress?.(Math.min(at + BATCH, ids.length), ids.length);
    }
  } finally {
    await projection.release();
  }
  return store.encoders.list().find((encoder) => encoder.id === id) as StoredEncoder;
}
