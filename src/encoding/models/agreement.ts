import type { Agreement } from '../../domain/agreement.ts';
import { mean } from '../../domain/mean.ts';
import { decodeImage } from '../../images/decode.ts';
import { drawPhantoms, encodePng } from '../../images/phantoms/phantoms.ts';
import type { EncoderDefinition } from '../encoders/definition.ts';
import { Encoder } from '../encoders/encoder.ts';
import type { LoadOptions } from '../encoders/model.ts';
import { preprocess } from '../preprocess/preprocess.ts';

/** Drawn test pictures: two of each anatomy. */
const PATIENTS = 2;

function cosine(a: Float32Array, b: Float32Array): number {
  let [product, left, right] = [0, 0, 0];
  a.forEach((value, i) => {
    const other = b[i] as number;
    product += value * other;
    left += value * value;
    right += other * other;
  });
  return product / Math.sqrt(left * right);
}

/**
 * Encodes drawn radiology pictures with two compiled forms of a model.
 * @param definition describes both but for the file
 * @throws SemblanceError of loading and encoding
 */
export async function measureAgreement(
  definition: EncoderDefinition,
  graphs: readonly [string, string],
  options: LoadOptions = {},
): Promise<Agreement> {
  const pictures: Float32Array[] = [];
  for (const phantom of drawPhantoms(PATIENTS, 1)) {
    pictures.push(preprocess(await decodeImage(await encodePng(phantom)), definition.preprocess));
  }
  const embed = async (file: string) => {
    const encoder = await Encoder.load({ ...definition, model: { file } }, options);
    const vectors: Float32Array[] = [];
    try {
      for (const picture of pictures) vectors.push(...(await encoder.encode([picture])));
    } finally {
      await encoder.release();
    }
    return vectors;
  };
  const [a, b] = [await embed(graphs[0]), await embed(graphs[1])];
  const cosines = a.map((vector, i) => cosine(vector, b[i] as Float32Array));
  return { pictures: pictures.length, least: Math.min(...cosines), mean: mean(cosines) };
}
