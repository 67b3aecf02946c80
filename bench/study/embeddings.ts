import { randomFrom } from '../../src/domain/random.ts';
import { type ArchiveImage, hash, LABEL_NAMES } from './layout.ts';

/** Groups of images of a label that look alike. */
const CENTRES = 4;
/** Numbers that noise is taken from: much longer than an embedding, so that no two have the same. */
const POOL = 2 ** 22;
/** One image of so many is an exact copy of the one before it. */
const COPIES = 97;

/** Normally distributed numbers, Box and Muller's way. */
function normals(count: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/**
 * Embeddings of the archive's images: of one label near to one of some centres, of one patient nearer to each
 * other, some exact copies; the same for the same image everywhere, without any being kept.
 */
export class MadeEmbeddings {
  private readonly centres: Float32Array;
  private readonly noise: Float32Array;
  private readonly vector: Float32Array;

  constructor(
    readonly dimension: number,
    seed: number,
  ) {
    this.centres = normals(LABEL_NAMES.length * CENTRES * dimension, seed);
    this.noise = normals(POOL + dimension, seed + 1);
    this.vector = new Float32Array(dimension);
  }

  /** The embedding of an image; it is reused for the next one. `copied`: whether copies are made. */
  of({ number, label, patient }: ArchiveImage, isFirst: boolean): Float32Array {
    const { dimension, centres, noise, vector } = this;
    const source = number % COPIES === 1 && !isFirst ? number - 1 : number;
    // What its copy has in common is decided by the original alone.
    const whose = hash(7919 * label + patient);
    const centre = (label * CENTRES + (whose % CENTRES)) * dimension;
    const shared = whose % POOL;
    const own = hash(source) % POOL;
    for (let i = 0; i < dimension; i++) {
      vector[i] =
        (centres[centre + i] as number) +
        0.8 * (noise[shared + i] as number) +
        0.6 * (noise[own + i] as number);
    }
    return vector;
  }
}
