/** How near two compiled forms of a model are. */
export interface Agreement {
  /** Test pictures. */
  pictures: number;
  /** Least and mean cosine of the two embeddings of a picture. */
  least: number;
  mean: number;
}

/** Says how near a form of fewer bits is to that of 32. */
export function agreementText({ pictures, least, mean }: Agreement): string {
  return `Cosine to 32 bits on ${pictures} drawn pictures: least ${least.toFixed(5)}, mean ${mean.toFixed(5)}.`;
}
