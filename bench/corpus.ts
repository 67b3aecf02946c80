import { join } from 'node:path';
import { PreprocessPool } from '../src/encoding/preprocess/pool.ts';
import type { PreprocessSpec } from '../src/encoding/preprocess/spec.ts';
import { readSource } from '../src/indexing/read-source.ts';

/** The images of a data set in the study's layout, preprocessed, with label and split. */
export interface Corpus {
  tensors: Float32Array[];
  labels: (readonly string[])[];
  splits: (string | undefined)[];
}

/** Reads and preprocesses a whole data set into memory. */
export async function readCorpus(folder: string, spec: PreprocessSpec): Promise<Corpus> {
  const { root, images } = await readSource(folder);
  const pool = new PreprocessPool();
  const tensors: Float32Array[] = [];
  for (let at = 0; at < images.length; at += 64) {
    const results = await Promise.all(
      images.slice(at, at + 64).map(({ path }) => pool.run({ path: join(root, path) }, [spec])),
    );
    tensors.push(...results.map(({ pictures }) => pictures[0]?.tensors[0] as Float32Array));
  }
  await pool.close();
  return {
    tensors,
    labels: images.map(({ labels }) => labels),
    splits: images.map(({ metadata }) => metadata.split),
  };
}
