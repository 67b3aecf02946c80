import { SemblanceError } from './errors/error.ts';

/** An encoder of a fusion; without a weight, one is found that makes the encoders count alike. */
export interface FusionPart {
  name: string;
  weight?: number;
}

/** Whether a choice of encoders names several, to be fused. */
export function isFusion(encoders: string | undefined): encoders is string {
  return encoders?.includes(',') ?? false;
}

/**
 * Reads `A,B` or `A:0.3,B:0.7`.
 * @throws SemblanceError REQUEST_INVALID
 */
export function parseFusion(text: string): FusionPart[] {
  const invalid = (why: string) => new SemblanceError('REQUEST_INVALID', why, { subject: text });
  const parts = text.split(',').map((term): FusionPart => {
    const [name = '', weight, ...rest] = term.trim().split(':');
    if (name === '' || rest.length > 0) throw invalid('A fusion has the form A,B or A:0.3,B:0.7.');
    if (weight === undefined) return { name };
    if (!(Number(weight) > 0 && Number(weight) < Number.POSITIVE_INFINITY)) {
      throw invalid(`"${weight}" is not a weight above 0.`);
    }
    return { name, weight: Number(weight) };
  });
  if (parts.length < 2) throw invalid('A fusion needs two encoders or more.');
  if (new Set(parts.map(({ name }) => name)).size < parts.length) {
    throw invalid('An encoder is named twice.');
  }
  if (new Set(parts.map(({ weight }) => weight === undefined)).size > 1) {
    throw invalid('Give a weight to every encoder or to none.');
  }
  return parts;
}
