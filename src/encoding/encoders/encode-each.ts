import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';

/** What makes embeddings of preprocessed pictures. */
interface Encodes {
  encode(pictures: readonly Float32Array[]): Promise<Float32Array[]>;
}

/**
 * Encodes pictures together; when that fails, one by one, so that a picture which the model cannot
 * take does not cost its neighbours.
 * @throws SemblanceError when the model takes none of them: then it is the model that fails
 */
export async function encodeEach(
  encoder: Encodes,
  pictures: readonly Float32Array[],
): Promise<(Float32Array | SemblanceError)[]> {
  try {
    return await encoder.encode(pictures);
  } catch (cause) {
    const results: (Float32Array | SemblanceError)[] = [];
    for (const picture of pictures) {
      const one = await encoder.encode([picture]).catch((error) => toSemblanceError(error));
      results.push(one instanceof SemblanceError ? one : (one[0] as Float32Array));
    }
    if (results.every((one) => one instanceof SemblanceError)) throw cause;
    return results;
  }
}
